import pytest

from app.core.json import JsonValue
from app.graph.conditions import OPERATORS, holds
from app.graph.errors import PermanentError
from app.graph.operator import Options


def is_so(name: str, given: JsonValue, value: JsonValue = None) -> bool:
    return holds("array", name, given, value, Options())


def refusal(name: str, given: JsonValue, value: JsonValue = None) -> str:
    with pytest.raises(PermanentError) as caught:
        is_so(name, given, value)
    return caught.value.message


@pytest.mark.parametrize(
    ("name", "given", "value", "expected"),
    [
        ("contains", ["a", "b"], "b", True),
        ("contains", ["a", "b"], "B", False),
        ("contains", [1, 2], "2", True),
        ("contains", [1, 2.0], 2, True),
        ("contains", [2**53 + 1], 2.0**53, False),
        ("contains", [1], True, False),
        ("not_contains", [2], 2.0, False),
        ("contains", [None], "", True),
        ("contains", [{"a": 1, "b": [2]}], {"b": [2], "a": 1}, True),
        ("contains", [{"a": 1}], {"a": 2}, False),
        ("contains", [[1, 2]], [2, 1], False),
        ("contains", [[1, 2]], [1, 2], True),
        ("contains", [], "a", False),
        ("not_contains", ["a"], "b", True),
        ("not_contains", ["a"], "a", False),
        ("is_empty", [], None, True),
        ("is_empty", [None], None, False),
        ("is_not_empty", [None], None, True),
        ("is_not_empty", [], None, False),
        ("length_equals", [1, 2], "2", True),
        ("length_equals", [1, 2], 3, False),
        ("length_greater_than", [1, 2], 1.5, True),
        ("length_greater_than", [1, 2], 2, False),
        ("length_less_than", [1, 2], 3, True),
        ("length_less_than", [1, 2], 2, False),
    ],
)
def test_arrays(name: str, given: JsonValue, value: JsonValue, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert is_so(name, given, value) is expected


@pytest.mark.parametrize("name", [name for name in OPERATORS["array"] if OPERATORS["array"][name].quantifier is None])
@pytest.mark.parametrize(
    ("given", "shown"), [("a, b", 'the text "a, b"'), (None, "null"), ({}, "an object"), (5, "5"), (True, "true")]
)
def test_an_input_that_is_no_array_is_a_failure(name: str, given: JsonValue, shown: str) -> None:
    assert refusal(name, given, 1) == f'"input" must be an array; it is {shown}.'


@pytest.mark.parametrize("name", ["length_equals", "length_greater_than", "length_less_than"])
def test_a_length_that_is_no_number_is_a_failure(name: str) -> None:
    assert refusal(name, [], "many") == '"value" must be a number; it is the text "many".'
    check = OPERATORS["array"][name].check
    assert check is not None
    with pytest.raises(PermanentError):
        check("many")


def test_an_item_that_json_cannot_hold_is_a_failure() -> None:
    assert refusal("contains", [[2**70]], "x").startswith("An item cannot be compared: ")


@pytest.mark.parametrize("name", ["any", "all"])
def test_a_quantifier_without_a_rule_is_a_failure(name: str) -> None:
    assert refusal(name, [1], 1) == "The operators any and all hold a rule against each item; there is none here."
