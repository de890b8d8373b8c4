import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.outcome import Failure, Success
from app.graph.template import StepBudget
from tests.factories.steps import StepContext, bind, failure_of, outcome_of

MOST = 1_048_576


def one(name: str, **parameters: JsonValue) -> JsonObject:
    return {"operation": name, **parameters}


async def reason_of(given: JsonValue, *operations: JsonValue, **roots: JsonValue) -> str:
    return await failure_of("string_transform", {"input": given, "operations": operations}, **roots)


LARGE = "x" * 1_000_000


@pytest.mark.parametrize(
    ("given", "operation", "message"),
    [
        (LARGE, one("repeat", times=MOST), f'"repeat" takes and makes texts of at most {MOST} characters.'),
        (LARGE, one("append", text=LARGE[:60_000]), f'"append" takes and makes texts of at most {MOST} characters.'),
        (LARGE, one("replace", search="x", replacement="yy"), f"`replace` would make more than {MOST} characters."),
        (
            "x" * 300_000,
            one("regex_replace", pattern="^x+$", replacement="$0" * 30_000),
            f'The pattern "^x+$" and its replacement would make more than {MOST} characters.',
        ),
        (
            "x" * 100,
            one("regex_replace", pattern="x", replacement="y" * 20_000),
            f'The pattern "x" and its replacement would make more than {MOST} characters.',
        ),
        (
            "x" * 2_000,
            one("regex_extract", pattern="(?=(x*))x", all=True),
            f'"regex_extract" takes and makes texts of at most {MOST} characters.',
        ),
        ("x" * 20_000, one("regex_extract", pattern="x", all=True), '"regex_extract" makes at most 10000 parts.'),
        ("," * 10_000, "split", '"split" makes at most 10000 parts.'),
        ("x" * 10_001, one("split", separator=""), '"split" makes at most 10000 parts.'),
        (
            [""] * 1_000_000,
            one("join", separator=LARGE),
            f'"join" takes and makes texts of at most {MOST} characters.',
        ),
        ("é" * 500_000, "url_encode", f'"url_encode" takes and makes texts of at most {MOST} characters.'),
        ("x", one("regex_replace", pattern="(?r)x"), 'The pattern "(?r)x" uses the flag r; it is not available here.'),
        ("===", "base64_decode", "`base64_decode` was given what is not base64 of a text."),
        ("%ff", "url_decode", "`url_decode` was given bytes that are no text."),
        ("\ud800", "base64_encode", '"base64_encode" cannot be applied to this text.'),
    ],
)
async def test_what_would_be_too_large_or_cannot_be_done_fails_the_step(
    given: JsonValue, operation: JsonValue, message: str
) -> None:
    assert await reason_of(given, operation) == message


async def test_a_longer_text_than_a_step_may_put_out_is_not_worked_on() -> None:
    assert await reason_of("x" * 1_048_577, "upper") == '"upper" takes and makes texts of at most 1048576 characters.'


@pytest.mark.parametrize("operation", ["regex_replace", "regex_extract"])
async def test_a_hostile_pattern_is_stopped(operation: str) -> None:
    hostile = r"(?:\w+\s?)+(?:\w+\s?)+(?:\w+\s?)+$"

    reason = await reason_of("{{ n1 }}", one(operation, pattern=hostile), n1="a" * 5000 + "!")

    assert reason.endswith("took longer than 100 ms; make it simpler.")


async def test_all_operations_share_the_time_of_one_step() -> None:
    seconds = iter(range(1000))
    budget = StepBudget(lambda: next(seconds) / 1000)  # a thousandth passes whenever somebody looks
    given: JsonObject = {"input": "x", "operations": ["trim"] * 50}

    assert isinstance(await outcome_of("string_transform", given, StepContext(budget=budget)), Success)
    outcome = await outcome_of("string_transform", given, StepContext(budget=StepBudget(lambda: next(seconds) / 100)))

    assert isinstance(outcome, Failure)
    assert outcome.message == "The templates of this step took longer than 250 ms together."


NAMES = st.sampled_from(
    [
        *("trim", "ltrim", "rtrim", "upper", "lower", "capitalize", "title", "camel", "snake", "kebab", "reverse"),
        *("length", "strip_tags", "base64_encode", "base64_decode", "url_encode", "url_decode", "uuid", "slug"),
        *("replace", "regex_replace", "regex_extract", "substring", "truncate", "split", "join", "append", "prepend"),
        *("pad", "repeat", "random", "password"),
    ]
)
VALUES: st.SearchStrategy[JsonValue] = st.sampled_from(
    ["", "a", "$1", "\\", "(a)|b", "[", "{{ n1 }}", "{{ n1.x }}", 0, 3, -1, 1.5, None, True, [], 2**63]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
PARAMETERS = st.dictionaries(
    st.sampled_from(
        [
            *("search", "replacement", "pattern", "group", "all", "start", "length", "ellipsis", "separator"),
            *("text", "side", "fill", "times", "alphabet", "digits"),
        ]
    ),
    VALUES,
    max_size=4,
)
OPERATIONS = st.lists(NAMES | st.builds(lambda name, more: {**more, "operation": name}, NAMES, PARAMETERS), max_size=4)


@settings(deadline=None, max_examples=300)
@given(OPERATIONS, VALUES | st.lists(VALUES, max_size=3), st.sampled_from([None, "a name", "{{ n1 }}"]))
async def test_any_operations_on_any_value_are_refused_or_come_to_an_outcome(
    operations: list[JsonValue], value: JsonValue, store_as: str | None
) -> None:
    given: JsonObject = {"input": "{{ n1 }}", "operations": operations, "store_as": store_as}
    bound = bind("string_transform", given)
    if isinstance(bound, list):
        assert all(issue.message.endswith(".") for issue in bound)
        return
    outcome = await outcome_of("string_transform", given, StepContext({"n1": value}))
    assert isinstance(outcome, Success | Failure)
    assert not isinstance(outcome, Success) or outcome.output.keys() == {"stored_as" if store_as else "result"}
    dumps(outcome.output)
