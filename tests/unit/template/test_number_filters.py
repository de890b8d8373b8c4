"""Filters that calculate: what they do with text, with what is missing, and at the edges of numbers."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue
from tests.unit.template.rendering import refusal, value

CALCULATED: list[tuple[str, JsonValue, JsonValue]] = [
    ("{{ x | plus: 1 }}", "41", 42),
    ("{{ x | plus: 1 }}", " 41 ", 42),
    ("{{ x | plus: 1 }}", "1.5", 2.5),
    ("{{ x | plus: 1 }}", "forty", 1),
    ("{{ x | plus: 1 }}", None, 1),
    ("{{ x | plus: 1 }}", True, 1),
    ("{{ x | plus: 1 }}", [5], 1),
    ("{{ x | plus: 1 }}", "1_0", 1),
    ("{{ x | plus: 1 }}", "٣", 1),
    ("{{ x | plus: 1 }}", "nan", 1),
    ("{{ x | plus: 1 }}", "inf", 1),
    ("{{ x | plus: 1 }}", "9" * 101, 1),
    ("{{ x | plus: 0.2 }}", 0.1, 0.3),
    ("{{ x | plus: missing }}", 3, 3),
    ("{{ x | minus: 0.1 }}", 0.3, 0.2),
    ("{{ x | minus: '2' }}", 5, 3),
    ("{{ x | times: 3 }}", 0.1, 0.3),
    ("{{ x | times: 0.5 }}", 3, 1.5),
    ("{{ x | divided_by: 2 }}", -7, -4),
    ("{{ x | divided_by: 2 }}", 7.0, 3.5),
    ("{{ x | modulo: 3 }}", -7, 2),
    ("{{ x | modulo: 3.0 }}", -7, 2.0),
    ("{{ x | modulo: -3 }}", 7.0, -2.0),
    ("{{ x | modulo: 3 }}", 6.0, 0.0),
    ("{{ x | modulo: -3 }}", -7.0, -1.0),
    ("{{ x | abs }}", "-3", 3),
    ("{{ x | at_least: '9' }}", 10, 10),
    ("{{ x | at_most: 2.5 }}", 10, 2.5),
    ("{{ x | ceil }}", -1.5, -1),
    ("{{ x | ceil }}", "x", 0),
    ("{{ x | floor }}", -1.5, -2),
    ("{{ x | round }}", 2.5, 3),
    ("{{ x | round }}", -2.5, -3),
    ("{{ x | round }}", 7, 7),
    ("{{ x | round: missing }}", 2.4, 2),
    ("{{ x | round: 1 }}", 2.25, 2.3),
    ("{{ x | round: '1' }}", 2.25, 2.3),
    ("{{ x | round: 300 }}", 1e300, 1e300),
    ("{{ x | round: 2 }}", 7, 7),
    ("{{ x | sum }}", [1, "2", None, "x", 0.5, True], 3.5),
    ("{{ x | sum }}", None, 0),
    ("{{ x | sum }}", [[1, [2]], 3], 6),
    ("{{ x | sum: 'n' }}", [{"n": 1}, {"n": "2"}, {}, 7], 3),
    ("{{ x | sum: missing }}", [1, 2], 3),
]


@pytest.mark.parametrize(("source", "given_value", "result"), CALCULATED)
def test_calculation(source: str, given_value: JsonValue, result: JsonValue) -> None:
    calculated = value(source, {"x": given_value})
    assert (calculated, type(calculated)) == (result, type(result))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ 1 | divided_by: 0 }}", "`divided_by` cannot divide by 0."),
        ("{{ 1 | divided_by: 0.0 }}", "`divided_by` cannot divide by 0."),
        ("{{ 1 | divided_by: missing }}", "`divided_by` cannot divide by 0."),
        ("{{ 1 | modulo: 0 }}", "`modulo` cannot divide by 0."),
        ("{{ 1.5 | round: -1 }}", "`round` takes 0 to 300 decimal places."),
        ("{{ 1.5 | round: 301 }}", "`round` takes 0 to 300 decimal places."),
        ("{{ 1.5 | round: 'two' }}", "`round` needs a whole number here."),
        ("{{ 1.5 | round: 0.5 }}", "`round` needs a whole number here."),
        ("{{ 1.5 | round: true }}", "`round` needs a whole number here."),
        ("{{ '1e308' | times: 10 }}", "`times` takes and makes finite numbers only."),
        ("{{ '1e308' | ceil }}", "`ceil` takes and makes numbers of 256 bits at most."),
        ("{{ x | sum: y }}", "`sum` works here with text, numbers, true and false, not with objects or lists."),
    ],
)
def test_calculation_that_cannot_be_done_is_refused(source: str, sentence: str) -> None:
    assert refusal(source, {"x": [1], "y": {}}).message == sentence


@given(st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62))
def test_whole_numbers_are_added_exactly(a: int, b: int) -> None:
    assert value("{{ a | plus: b }}", {"a": a, "b": b}) == a + b
    assert value("{{ a | minus: b }}", {"a": a, "b": -b}) == a + b


@given(st.decimals(-(10**6), 10**6, places=3), st.decimals(-(10**6), 10**6, places=3))
def test_decimals_are_calculated_as_they_are_written(a: Decimal, b: Decimal) -> None:
    roots: dict[str, JsonValue] = {"a": float(a), "b": float(b)}
    assert value("{{ a | plus: b }}", roots) == float(a + b)
    assert value("{{ a | minus: b }}", roots) == float(a - b)
    assert value("{{ a | times: b }}", roots) == float(a * b)


@given(st.decimals(-(10**6), 10**6, places=4))
def test_halves_are_rounded_away_from_zero(number: Decimal) -> None:
    assert value("{{ x | round: 2 }}", {"x": float(number)}) == float(number.quantize(Decimal("0.01"), ROUND_HALF_UP))


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False).filter(bool))
def test_a_remainder_has_the_sign_of_the_divisor_and_is_smaller(a: float, b: float) -> None:
    remainder = value("{{ a | modulo: b }}", {"a": a, "b": b})
    assert isinstance(remainder, float)
    assert abs(remainder) <= abs(b)
    assert remainder == 0 or (remainder < 0) == (b < 0)
