import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.outcome import Failure, Success
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of, output_of

ORDER: JsonObject = {"id": 7, "lines": [{"sku": "a", "price": 8.5}, {"sku": "b", "price": 120}], "note": None}

STORED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
INTEGERS = st.integers(-(2**63), 2**64 - 1) | st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64 - 1])
ANY_JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | STORED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(STORED, inner, max_size=4),
    max_leaves=20,
)
NO_TEXT = ANY_JSON.filter(lambda value: not isinstance(value, str))


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("{{ n1.text }}", ORDER),
        ("{{ n1.value }}", ORDER),
        ('{"id": {{ n1.value.id }}, "sku": "{{ n1.value.lines[0].sku }}"}', {"id": 7, "sku": "a"}),
        ({"id": "{{ n1.value.id }}"}, {"id": 7}),
        (' [1, "x", null]\n', [1, "x", None]),
        ('"text"', "text"),
        ("12.50", 12.5),
        ("null", None),
        ("\ufefftrue", True),
        (5, 5),
        ([], []),
        (None, None),
        ("{{ n1.missing }}", None),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('"\\u0000"', "\ufffd"),
    ],
)
async def test_a_text_is_read_and_other_values_are_taken_as_they_are(given: JsonValue, value: JsonValue) -> None:
    n1: JsonObject = {"text": dumps(ORDER), "value": ORDER}

    assert await output_of("json_parser", {"input": given}, n1=n1) == {"value": value}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", ORDER),
        ("$.id", 7),
        ("$.note", None),
        ("$.missing", None),
        ("$.lines[-1].sku", "b"),
        ("$.lines[5]", None),
        ("$.lines[*].sku", ["a", "b"]),
        ("$..price", [8.5, 120]),
        ("$.lines[?@.price > 100].sku", ["b"]),
        ("$.lines[?@.price > 1000]", []),
        ("$.lines[0:1]", [{"sku": "a", "price": 8.5}]),
        ("$.lines[{{ n1.place }}].sku", "b"),
        ("{{ n1.path }}", ["a", "b"]),
    ],
)
async def test_a_path_finds_one_value_or_null_or_a_list(path: str, found: JsonValue) -> None:
    given: JsonObject = {"input": dumps(ORDER), "paths": {"found": path}}

    output = await output_of("json_parser", given, n1={"place": 1, "path": "$.lines.*.sku"})

    assert output == {"value": ORDER, "found": found}


async def test_each_path_has_its_name_in_the_output() -> None:
    given: JsonObject = {"input": ORDER, "paths": {"the id": "$.id", "skus": "$..sku", "error": "$.x"}}

    output = await output_of("json_parser", given)

    assert list(output.items()) == [("value", ORDER), ("the id", 7), ("skus", ["a", "b"]), ("error", None)]


@pytest.mark.parametrize("paths", [{}, None])
async def test_paths_can_be_left_out(paths: JsonValue) -> None:
    assert await output_of("json_parser", {"input": "[1]", "paths": paths}) == {"value": [1]}


@settings(deadline=None)
@given(NO_TEXT)
async def test_a_value_passes_bit_for_bit(value: JsonValue) -> None:
    output = await output_of("json_parser", {"input": "{{ n1.x }}", "paths": {"all": "$"}}, n1={"x": value})

    assert repr(output) == repr({"value": value, "all": value})


@settings(deadline=None)
@given(ANY_JSON, st.booleans())
async def test_a_value_in_a_text_arrives_bit_for_bit(value: JsonValue, escaped: bool) -> None:  # noqa: FBT001 -- generated
    text = json.dumps(value, ensure_ascii=escaped)
    given: JsonObject = {"input": "{{ n1.x }}", "paths": {"all": "$", "each": "$.*"}}
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []

    output = await output_of("json_parser", given, n1={"x": text})

    assert repr(output) == repr({"value": value, "all": value, "each": inner})


@settings(deadline=None)
@given(st.text(max_size=20) | st.sampled_from(["[" * 5000, '{"a":' * 200, "1" * 5000, "[1e999]", '{"a":1}x', "-"]))
async def test_any_text_has_an_outcome(text: str) -> None:
    context = StepContext({"n1": {"x": text}})

    outcome = await outcome_of("json_parser", {"input": "{{ n1.x }}", "paths": {"a": "$..*"}}, context)

    assert isinstance(outcome, Success | Failure)


NOT_KEPT = '"input" is JSON that cannot be kept: it has'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", '"input" is not JSON: Input is a zero-length, empty document (line 1, column 1).'),
        ("soon", '"input" is not JSON: unexpected character, expected a JSON value (line 1, column 1).'),
        ('{"a": 1,\n "b" 2}', None),
        ("[1", None),
        ("NaN", None),
        ("[18446744073709551616]", f"{NOT_KEPT} an integer past 64 bits."),
        ("-9223372036854775809", f"{NOT_KEPT} an integer past 64 bits."),
        ("9" * 5000, f"{NOT_KEPT} an integer past 64 bits."),
        ("[" * 101 + "]" * 101, f"{NOT_KEPT} more than 100 levels."),
        ("1000000000000000000000e999", f"{NOT_KEPT} a number that is not finite."),
    ],
)
async def test_a_text_that_is_no_json_fails_the_step_and_is_refused_where_it_is_written_out(
    text: str, message: str | None
) -> None:
    failure = await failure_of("json_parser", {"input": "{{ n1 }}"}, n1=text)

    assert failure.startswith('"input" is ')
    assert message in (None, failure)
    assert faults("json_parser", {"input": text}) == {"input": failure}


async def test_the_place_of_a_fault_is_named() -> None:
    failure = await failure_of("json_parser", {"input": "{{ n1 }}"}, n1='{"a": 1,\n "b" 2}')

    assert failure.endswith("(line 2, column 6).")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("lines", "The path \"lines\" is not valid JSONPath: expected '$', found 'l' (line 1, column 1)."),
        (
            "$.lines[?@.price >]",
            'The path "$.lines[?@.price >]" is not valid JSONPath: unexpected end of expression (line 1, column 19).',
        ),
        ("$" + ".a" * 500, "A path has at most 1000 characters; this one has 1001."),
    ],
)
async def test_a_wrong_path_is_refused_with_its_place(path: str, message: str) -> None:
    given: JsonObject = {"input": ORDER, "paths": {"x": "{{ n1 }}"}}

    assert await failure_of("json_parser", given, n1=path) == message
    assert faults("json_parser", {"input": ORDER, "paths": {"x": path}}) == {"paths.x": f'"paths.x" of n1: {message}'}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"input": '"input" is required.'}),
        (
            {"input": "1", "paths": {"value": "$"}},
            {"paths": 'No path can have the name "value": the output has the whole of the JSON there.'},
        ),
        ({"input": "1", "paths": {"": "$"}}, {"paths": 'The name of a path has 1 to 255 characters; "" has not.'}),
        ({"input": "1", "paths": {" ": "$"}}, {"paths": 'The name of a path has 1 to 255 characters; " " has not.'}),
        (
            {"input": "1", "paths": {"a" * 256: "$"}},
            {"paths": f'The name of a path has 1 to 255 characters; "{"a" * 60}" has not.'},
        ),
        ({"input": "1", "paths": ["$"]}, {"paths": '"paths" must be an object; it is a list.'}),
        (
            {"input": "1", "paths": {"a": 1}},
            {"paths.a": '"paths.a" must be a JSONPath such as $.items[0].id; it is 1.'},
        ),
        (
            {"input": "1", "paths": {str(number): "$" for number in range(101)}},
            {"paths": '"paths" must have at most 100 entries; it has 101.'},
        ),
    ],
)
def test_a_wrong_setting_is_named(given: JsonObject, expected: dict[str, str]) -> None:
    assert faults("json_parser", given) == expected


def test_there_can_be_100_paths() -> None:
    action("json_parser", {"input": "1", "paths": {str(number): "$" for number in range(100)}})


async def test_a_path_that_looks_at_too_much_fails_the_step() -> None:
    failure = await failure_of("json_parser", {"input": [0] * 1000, "paths": {"x": "$[?count($..[?$..*]) > 1]"}})

    assert failure.endswith("; make them simpler.")


async def test_what_paths_find_is_bounded_before_it_is_written() -> None:
    nested: JsonValue = "x" * 1000
    for _ in range(50):
        nested = [nested]
    context = StepContext({"n1": nested}, output_bytes=20_000)
    given: JsonObject = {"input": "{{ n1 }}", "paths": {"a": "$..*"}}

    outcome = await outcome_of("json_parser", given, context)

    assert isinstance(outcome, Failure)
    assert outcome.message == "What the paths find is larger than 20000 bytes together, the limit of one step."


async def test_what_all_paths_find_counts_together() -> None:
    context = StepContext({"n1": "x" * 1000}, output_bytes=2_500)

    async def with_paths(count: int) -> bool:
        paths: JsonObject = {str(number): "$[0]" for number in range(count)}
        return isinstance(await outcome_of("json_parser", {"input": ["{{ n1 }}"], "paths": paths}, context), Success)

    assert [await with_paths(count) for count in (2, 3)] == [True, False]
