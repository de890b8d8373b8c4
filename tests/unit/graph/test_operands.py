from decimal import Decimal

import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.operands import is_blank, list_of, number_of, text_of, truth_of


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "true"), (False, "false"), (7, "7"), (1.5, "1.5"), ("a b", "a b"), ([1, "x"], '[1,"x"]')],
)
def test_a_value_becomes_text_as_in_templates(value: JsonValue, text: str) -> None:
    assert text_of(value) == text


def test_a_value_that_cannot_be_written_as_text_is_a_sentence() -> None:
    with pytest.raises(PermanentError, match=r"\.$"):
        text_of([float("inf")] * 1_000_000)


@pytest.mark.parametrize(
    ("value", "blank"),
    [(None, True), ("", True), ([], True), ({}, True), (" ", False), (0, False), (False, False), ([0], False)],
)
def test_blank_is_what_holds_nothing(value: JsonValue, blank: bool) -> None:  # noqa: FBT001 -- a table
    assert is_blank(value) is blank


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (10, "10"),
        (0.1, "0.1"),
        (-2.5e-7, "-2.5E-7"),
        ("10", "10"),
        (" +1.50\n", "1.50"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-1e3", "-1000"),
        ("1" * 1000, "1" * 1000),
        (2**64 - 1, "18446744073709551615"),
    ],
)
def test_a_number_is_exact_also_when_it_comes_as_text(value: JsonValue, number: str) -> None:
    assert number_of("input", value) == Decimal(number)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("abc", 'the text "abc"'),
        ("", 'the text ""'),
        ("1,5", 'the text "1,5"'),
        ("1_000", 'the text "1_000"'),
        ("NaN", 'the text "NaN"'),
        ("Infinity", 'the text "Infinity"'),
        ("0x10", 'the text "0x10"'),
        ("١٢", 'the text "١٢"'),
        ("1e99999", 'the text "1e99999"'),
        ("1" * 1001, f'the text "{"1" * 60}…"'),
        (True, "true"),
        (False, "false"),
        (None, "null"),
        ([1], "a list"),
        ({"a": 1}, "an object"),
        (float("inf"), "inf"),
    ],
)
def test_what_is_no_number_is_refused_by_name(value: JsonValue, shown: str) -> None:
    with pytest.raises(PermanentError) as caught:
        number_of("input", value)

    assert caught.value.message == f'"input" must be a number; it is {shown}.'


@pytest.mark.parametrize("value", [True, "true", " TRUE ", "yes", "on", "On", 1, "1"])
def test_what_says_yes_is_true(value: JsonValue) -> None:
    assert truth_of("input", value) is True


@pytest.mark.parametrize("value", [False, "false", "no", "off", 0, "0", "", " ", None])
def test_what_says_no_or_nothing_is_false(value: JsonValue) -> None:
    assert truth_of("input", value) is False


@pytest.mark.parametrize(
    ("value", "shown"),
    [("maybe", 'the text "maybe"'), (2, "2"), (1.0, "1.0"), ([], "a list"), ({}, "an object")],
)
def test_what_is_neither_true_nor_false_is_refused_by_name(value: JsonValue, shown: str) -> None:
    with pytest.raises(PermanentError) as caught:
        truth_of("input", value)

    assert caught.value.message == f'"input" must be true or false; it is {shown}.'


@pytest.mark.parametrize(
    ("value", "items"), [([1, "a"], [1, "a"]), ([], []), ("a, b ,c", ["a", "b", "c"]), ("a", ["a"]), ("", [""])]
)
def test_a_list_may_come_as_a_text_with_commas(value: JsonValue, items: list[JsonValue]) -> None:
    assert list_of("value", value) == items


@pytest.mark.parametrize(("value", "shown"), [(None, "null"), (5, "5"), ({"a": 1}, "an object"), (True, "true")])
def test_what_is_no_list_is_refused_by_name(value: JsonValue, shown: str) -> None:
    with pytest.raises(PermanentError) as caught:
        list_of("value", value)

    assert caught.value.message == f'"value" must be a list, or a text with commas; it is {shown}.'
