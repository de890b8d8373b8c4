"""Rules about how large a field is: a number itself, of a text its characters, of lists and objects their entries."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial

from app.core.json import JsonValue
from app.graph.field_rules.field import Field
from app.graph.field_rules.kinds import as_number
from app.graph.field_rules.rule import Check, Parameters, Rule, WrongParametersError
from app.graph.kinds import shown
from app.graph.operands import text_of

Fits = Callable[[Decimal], bool]


def _measure(field: Field) -> tuple[Decimal, str] | None:
    """Return a size, and what it counts ("" for a number); None for a truth, which has none."""
    value = field.value
    if isinstance(value, bool):
        return None
    if field.is_number or isinstance(value, int | float):
        number = as_number(value)
        if number is not None:
            return number, ""
    if value is None:
        return Decimal(0), "characters"
    if isinstance(value, str):
        return Decimal(len(value)), "characters"
    return (Decimal(len(value)), "items") if isinstance(value, Mapping | Sequence) else None


def _sized(fits: Fits, wanted: str) -> Check:
    def check(field: Field) -> str | None:
        measured = _measure(field)
        if measured is None:
            return f"must be a number, a text, a list or an object, to have a size; it is {shown(field.value)}"
        size, unit = measured
        if fits(size):
            return None
        return f"must have {wanted} {unit}; it has {size}" if unit else f"must be {wanted}; it is {size}"

    return check


def _min(parameters: Parameters) -> Check:
    (least,) = parameters.numbers(1)
    return _sized(lambda size: size >= least, f"at least {least}")


def _max(parameters: Parameters) -> Check:
    (most,) = parameters.numbers(1)
    return _sized(lambda size: size <= most, f"at most {most}")


def _size(parameters: Parameters) -> Check:
    (exact,) = parameters.numbers(1)
    return _sized(lambda size: size == exact, f"exactly {exact}")


def _between(parameters: Parameters) -> Check:
    least, most = _in_order(parameters.numbers(2))
    return _sized(lambda size: least <= size <= most, f"between {least} and {most}")


def _digits(parameters: Parameters) -> Check:
    (exact,) = parameters.lengths(1)
    return partial(_has_digits, exact, exact, f"{exact} digits")


def _digits_between(parameters: Parameters) -> Check:
    least, most = parameters.lengths(2)
    _in_order((Decimal(least), Decimal(most)))
    return partial(_has_digits, least, most, f"{least} to {most} digits")


def _has_digits(least: int, most: int, wanted: str, field: Field) -> str | None:
    digits = _digits_of(field.value)
    if digits.isdecimal() and digits.isascii() and least <= len(digits) <= most:
        return None
    return f"must be {wanted}; it is {shown(field.value)}"


def _digits_of(value: JsonValue) -> str:
    return text_of(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _in_order(bounds: tuple[Decimal, ...]) -> tuple[Decimal, Decimal]:
    least, most = bounds
    if least > most:
        raise WrongParametersError
    return least, most


SIZE_RULES: Mapping[str, Rule] = {
    "min": Rule(_min, "min:number"),
    "max": Rule(_max, "max:number"),
    "between": Rule(_between, "between:least,most"),
    "size": Rule(_size, "size:number"),
    "digits": Rule(_digits, "digits:count"),
    "digits_between": Rule(_digits_between, "digits_between:least,most"),
}
