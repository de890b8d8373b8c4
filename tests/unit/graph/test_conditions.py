import pytest

from app.core.json import JsonValue
from app.graph.conditions import OPERATORS, holds
from app.graph.errors import PermanentError
from app.graph.operator import Options

EVERY_OPERATOR = [(kind, name) for kind, operators in OPERATORS.items() for name in operators]
INSENSITIVE = Options(case_sensitive=False)


def is_so(kind: str, name: str, left: JsonValue, right: JsonValue = None, options: Options | None = None) -> bool:
    return holds(kind, name, left, right, options or Options())


def refusal(kind: str, name: str, left: JsonValue, right: JsonValue = None) -> str:
    with pytest.raises(PermanentError) as caught:
        is_so(kind, name, left, right)
    return caught.value.message


def test_the_operators_of_each_type_are_these() -> None:
    assert {kind: list(operators) for kind, operators in OPERATORS.items()} == {
        "string": [
            *("equals", "not_equals", "contains", "not_contains", "starts_with", "ends_with"),
            *("regex", "is_empty", "is_not_empty", "in"),
        ],
        "number": [
            *("equals", "not_equals", "greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal"),
            *("between", "is_integer"),
        ],
        "boolean": ["is_true", "is_false"],
        "date": ["before", "after", "equals", "between", "is_today", "is_past", "is_future", "within"],
        "array": [
            *("contains", "not_contains", "is_empty", "is_not_empty"),
            *("length_equals", "length_greater_than", "length_less_than", "any", "all"),
        ],
    }


def test_these_operators_look_at_the_input_alone() -> None:
    assert {name for kind, name in EVERY_OPERATOR if not OPERATORS[kind][name].takes_value} == {
        *("is_empty", "is_not_empty", "is_integer", "is_true", "is_false"),
        *("is_today", "is_past", "is_future", "within"),
    }


def test_only_expressions_and_rules_over_items_are_slow() -> None:
    assert [name for kind, name in EVERY_OPERATOR if OPERATORS[kind][name].is_slow] == ["regex", "any", "all"]


@pytest.mark.parametrize(
    ("name", "given_input", "value", "expected"),
    [
        ("equals", "up", "up", True),
        ("equals", "up", "Up", False),
        ("equals", 5, "5", True),
        ("equals", True, "true", True),
        ("equals", None, "", True),
        ("equals", ["a"], '["a"]', True),
        ("not_equals", "up", "down", True),
        ("not_equals", "up", "up", False),
        ("contains", "router-7", "ter", True),
        ("contains", "ter", "router-7", False),
        ("not_contains", "router-7", "ter", False),
        ("not_contains", "router-7", "x", True),
        ("starts_with", "router", "rou", True),
        ("starts_with", "rou", "router", False),
        ("ends_with", "router", "ter", True),
        ("ends_with", "router", "rou", False),
        ("regex", "router-7", r"^router-\d$", True),
        ("regex", "router-x", r"^router-\d$", False),
        ("is_empty", "", None, True),
        ("is_empty", [], None, True),
        ("is_empty", "x", None, False),
        ("is_not_empty", "x", None, True),
        ("is_not_empty", None, None, False),
        ("in", "b", ["a", "b"], True),
        ("in", "b", "a, b", True),
        ("in", 5, [4, 5], True),
        ("in", "c", ["a", "b"], False),
    ],
)
def test_strings(name: str, given_input: JsonValue, value: JsonValue, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert is_so("string", name, given_input, value) is expected


@pytest.mark.parametrize(
    ("name", "given_input", "value"),
    [
        ("equals", "ABC", "abc"),
        ("equals", "STRASSE", "straße"),
        ("contains", "xABCx", "abc"),
        ("starts_with", "ABC", "ab"),
        ("ends_with", "ABC", "bc"),
        ("regex", "ABC", "^abc$"),
        ("in", "B", ["a", "b"]),
    ],
)
def test_strings_without_regard_to_case(name: str, given_input: JsonValue, value: JsonValue) -> None:
    assert is_so("string", name, given_input, value, INSENSITIVE) is True
    assert is_so("string", name, given_input, value) is False


@pytest.mark.parametrize(("name", "value"), [("equals", "x"), ("contains", "x"), ("in", ["x"]), ("regex", "x")])
def test_without_regard_to_case_other_letters_still_differ(name: str, value: JsonValue) -> None:
    assert is_so("string", name, "ABC", value, INSENSITIVE) is False


@pytest.mark.parametrize(
    ("name", "given_input", "value", "expected"),
    [
        ("equals", "10", 10.0, True),
        ("equals", 0.3, "0.30", True),
        ("equals", 10, 11, False),
        ("not_equals", 10, 11, True),
        ("not_equals", "1e1", 10, False),
        ("greater_than", "10", "9", True),
        ("greater_than", 9, 9, False),
        ("greater_than_or_equal", 9, "9", True),
        ("greater_than_or_equal", 8, 9, False),
        ("less_than", "9", "10", True),
        ("less_than", 9, 9, False),
        ("less_than_or_equal", 9, 9, True),
        ("less_than_or_equal", 10, 9, False),
        ("between", 1, [1, 10], True),
        ("between", "10", "1, 10", True),
        ("between", 0.99, [1, 10], False),
        ("between", 10.01, ["1", "10"], False),
        ("between", 5, [5, 5], True),
        ("is_integer", "10.0", None, True),
        ("is_integer", 10, None, True),
        ("is_integer", "-1e3", None, True),
        ("is_integer", 10.5, None, False),
        ("is_integer", "12345678901234567890123456789012345.5", None, False),
    ],
)
def test_numbers(name: str, given_input: JsonValue, value: JsonValue, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert is_so("number", name, given_input, value) is expected


def test_decimals_are_compared_exactly() -> None:
    assert is_so("number", "greater_than", "0.30000000000000000001", "0.3")
    assert is_so("number", "less_than", 18446744073709551614, 18446744073709551615)


@pytest.mark.parametrize(
    ("name", "given_input", "expected"),
    [
        ("is_true", True, True),
        ("is_true", "no", False),
        ("is_true", None, False),
        ("is_false", False, True),
        ("is_false", "yes", False),
    ],
)
def test_booleans(name: str, given_input: JsonValue, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert is_so("boolean", name, given_input) is expected


@pytest.mark.parametrize("name", [name for name in OPERATORS["number"] if name != "between"])
def test_an_input_that_is_no_number_is_a_failure(name: str) -> None:
    assert refusal("number", name, "ten", 1) == '"input" must be a number; it is the text "ten".'


@pytest.mark.parametrize("name", [name for name in OPERATORS["number"] if OPERATORS["number"][name].takes_value])
def test_a_value_that_is_no_number_is_a_failure(name: str) -> None:
    assert refusal("number", name, 1, "ten") == '"value" must be a number; it is the text "ten".'


@pytest.mark.parametrize("bounds", [[1], [1, 2, 3], [2, 1], "1", []])
def test_between_needs_two_numbers_in_order(bounds: JsonValue) -> None:
    message = '"value" of between must be two numbers, the smaller one first, such as [1, 10].'

    assert refusal("number", "between", 5, bounds) == message


def test_between_needs_a_list() -> None:
    message = '"value" must be a list, or a text with commas; it is 5.'

    assert refusal("number", "between", 5, 5) == message


def test_the_input_of_between_must_be_a_number() -> None:
    assert refusal("number", "between", "ten", [1, 10]) == '"input" must be a number; it is the text "ten".'


def test_a_truth_that_is_none_is_a_failure() -> None:
    message = '"input" must be true or false; it is the text "maybe".'

    assert refusal("boolean", "is_true", "maybe") == message
    assert refusal("boolean", "is_false", "maybe") == message


def test_a_wrong_expression_is_a_failure() -> None:
    assert refusal("string", "regex", "x", "(").startswith('The pattern "(" is not a valid regular expression')


def test_a_list_that_is_none_is_a_failure() -> None:
    assert refusal("string", "in", "x", 5) == '"value" must be a list, or a text with commas; it is 5.'


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [("string", "regex", "("), ("string", "in", 5), ("number", "between", [2, 1]), ("number", "equals", "ten")],
)
def test_a_value_that_can_never_be_right_is_known_beforehand(kind: str, name: str, value: JsonValue) -> None:
    check = OPERATORS[kind][name].check
    assert check is not None
    with pytest.raises(PermanentError):
        check(value)
