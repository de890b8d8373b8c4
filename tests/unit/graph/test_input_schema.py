import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonObject, JsonValue
from app.graph.input_fault import MAX_FAULTS, InputFault
from app.graph.input_schema import MAX_BYTES, compile_schema
from tests.unit.graph.test_condition_properties import JSON

CUSTOMER: JsonObject = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}}},
    "$defs": {"tag": {"type": "string", "pattern": "^[a-z]+$"}},
}


def faults(schema: JsonValue, value: JsonValue) -> list[tuple[str, str]]:
    return [(fault.path, fault.message) for fault in compile_schema(schema).faults(value)]


def refusal(schema: JsonValue) -> str:
    with pytest.raises(ValueError, match=r"[.…]$") as caught:
        compile_schema(schema)
    return str(caught.value)


@pytest.mark.parametrize("value", [{"id": 1}, {"id": 1, "tags": ["a"]}, {"id": 1, "more": None}])
def test_what_fits_has_no_fault(value: JsonValue) -> None:
    assert faults(CUSTOMER, value) == []


def test_every_fault_is_named_with_its_place() -> None:
    assert faults(CUSTOMER, {"id": "x", "tags": ["a", 5]}) == [
        ("id", '"x" is not of type "integer".'),
        ("tags[1]", '5 is not of type "string".'),
    ]


def test_the_value_itself_has_an_empty_path() -> None:
    assert faults({"type": "object"}, 5) == [("", '5 is not of type "object".')]


@pytest.mark.parametrize(("schema", "fits"), [(True, True), (False, False), ({}, True)])
def test_truths_are_schemas(schema: JsonValue, fits: bool) -> None:  # noqa: FBT001 -- a table
    assert (faults(schema, 1) == []) is fits


def test_a_long_value_is_not_repeated_in_full() -> None:
    ((_, message),) = faults({"type": "number"}, "x" * 10_000)
    assert (len(message), message[-1]) == (301, "…")


def test_faults_are_listed_up_to_a_number() -> None:
    assert len(faults({"items": {"type": "string"}}, list(range(1_000)))) == MAX_FAULTS


def test_of_a_large_value_the_first_fault_is_named() -> None:
    assert faults({"items": {"type": "string"}}, list(range(200_000))) == [("[0]", '0 is not of type "string".')]
    assert faults({"items": {"type": "integer"}}, list(range(200_000))) == []


def test_a_value_too_large_for_its_schema_is_a_fault() -> None:
    many: JsonObject = {"items": {"anyOf": [{"type": "string"}] * 300}}
    assert faults(many, [1] * 40_000) == [("", "This is too large to be checked against its schema.")]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (None, "A JSON Schema must be an object, or true or false; it is null."),
        ([], "A JSON Schema must be an object, or true or false; it is a list."),
        ("{}", 'A JSON Schema must be an object, or true or false; it is the text "{}".'),
        (
            {"properties": {"a": {"type": 5}}},
            (
                "This is no JSON Schema of draft 2020-12: at properties.a.type,"
                " 5 is not valid under any of the schemas listed in the 'anyOf' keyword."
            ),
        ),
        ({"pattern": "("}, 'This is no JSON Schema of draft 2020-12: at pattern, "(" is not a "regex".'),
        (
            {"$ref": "#/$defs/a"},
            "This is no JSON Schema of draft 2020-12: at its top, Pointer '/$defs/a' does not exist.",
        ),
        ({"const": 2**70}, "This JSON Schema cannot be read: Integer exceeds 64-bit range."),
        ({"$ref": "#"}, "The references of a JSON Schema must not lead in a circle."),
        (
            {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"items": {"$ref": "#/$defs/a"}}}},
            "The references of a JSON Schema must not lead in a circle.",
        ),
        ({"$dynamicRef": "#x"}, "A JSON Schema cannot use $dynamicRef or $recursiveRef here; use $ref."),
        ({"items": {"$id": "https://example.com/x"}}, "A JSON Schema can have an $id at its top only."),
        *(
            ({"$ref": far}, f'"{far}" is out of reach: a $ref leads to a part of its own schema, as "#/$defs/x" does.')
            for far in ("http://127.0.0.1:1/x", "file:///etc/passwd", "x", "#x", "")
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(schema: JsonValue, message: str) -> None:
    assert refusal(schema) == message


def test_a_schema_past_its_size_is_refused() -> None:
    assert refusal({"description": "x" * MAX_BYTES}).startswith(f"A JSON Schema has at most {MAX_BYTES} bytes")


def test_a_schema_nested_too_deeply_is_refused() -> None:
    deep: JsonValue = {}
    for _ in range(200):
        deep = {"items": deep}
    assert refusal(deep) == "The parts of a JSON Schema may stand in each other at most 100 deep."


def test_references_that_multiply_are_refused() -> None:
    doubled: dict[str, JsonValue] = {
        f"d{place}": {"anyOf": [{"$ref": f"#/$defs/d{place + 1}"}] * 2} for place in range(30)
    }
    assert "references written out" in refusal({"$defs": {**doubled, "d30": False}, "$ref": "#/$defs/d0"})


def test_references_lead_anywhere_in_the_schema() -> None:
    schema: JsonObject = {"anyOf": [{"type": "string"}], "$defs": {"a/b~ c": {"$ref": "#/anyOf/0"}}}
    assert faults({**schema, "items": {"$ref": "#/$defs/a~1b~0%20c"}}, [1])[0][0] == "[0]"
    assert refusal({**schema, "items": {"$ref": "#/anyOf/1"}}).endswith("does not exist.")
    assert refusal({**schema, "items": {"$ref": "#/anyOf/0/type/x"}}).endswith("does not exist.")


def test_checking_stays_within_a_second() -> None:
    schema = compile_schema({"items": {"anyOf": [{"pattern": "(a|a)*b"}] * 50}})
    begun = time.thread_time()
    assert schema.faults(["a" * 500] * 2_000) != []
    assert time.thread_time() - begun < 5


@given(JSON, JSON)
def test_any_json_is_a_schema_or_refused(schema: JsonValue, value: JsonValue) -> None:
    try:
        found = compile_schema(schema).faults(value)
    except ValueError as error:
        assert str(error)[-1] in ".…"  # noqa: PT017 -- either is right
    else:
        assert all(isinstance(fault, InputFault) for fault in found)


KEYWORDS = st.sampled_from(["type", "properties", "items", "$ref", "$defs", "anyOf", "not", "pattern", "$id", "const"])


@given(
    st.recursive(
        st.sampled_from(["string", "#", "#/$defs/string", "(", "object"]) | st.integers() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS, inner, max_size=3),
        max_leaves=8,
    ),
    JSON,
)
def test_anything_like_a_schema_is_one_or_refused(schema: JsonValue, value: JsonValue) -> None:
    try:
        compile_schema(schema).faults(value)
    except ValueError as error:
        assert str(error)[-1] in ".…"  # noqa: PT017 -- either is right
