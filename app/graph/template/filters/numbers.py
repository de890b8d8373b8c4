"""Filters that calculate. Whole numbers stay whole; decimals are calculated as they are written."""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal

from app.graph.template.faults import RefusedError
from app.graph.template.filters.arguments import elements, property_of, scalar, whole
from app.graph.template.values import number_of

Number = int | float

_EXACT = Context(prec=1_000)  # digits: more than any two floats have between them
_PLACES = 300  # as many as the smallest float has; more change nothing


def absolute(left: object) -> Number:
    return abs(number_of(left))


def at_least(left: object, least: object) -> Number:
    return max(number_of(left), number_of(least))


def at_most(left: object, most: object) -> Number:
    return min(number_of(left), number_of(most))


def ceil(left: object) -> int:
    return math.ceil(number_of(left))


def floor(left: object) -> int:
    return math.floor(number_of(left))


def half_up(left: object, places: object = None) -> Number:
    number, digits = number_of(left), whole(places, 0, "round")
    if not 0 <= digits <= _PLACES:
        raise RefusedError(f"`round` takes 0 to {_PLACES} decimal places.")
    if isinstance(number, int):
        return number
    rounded = _decimal(number).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _EXACT)
    return float(rounded) if digits else int(rounded)


def plus(left: object, right: object) -> Number:
    return _exactly(left, right, lambda a, b: a + b, _EXACT.add)


def minus(left: object, right: object) -> Number:
    return _exactly(left, right, lambda a, b: a - b, _EXACT.subtract)


def times(left: object, right: object) -> Number:
    return _exactly(left, right, lambda a, b: a * b, _EXACT.multiply)


def divided_by(left: object, right: object) -> Number:
    a, b = number_of(left), _divisor(right, "divided_by")
    return a // b if isinstance(a, int) and isinstance(b, int) else a / b


def modulo(left: object, right: object) -> Number:
    return _exactly(left, _divisor(right, "modulo"), lambda a, b: a % b, _remainder)


def total(left: object, key: object = None) -> Number:
    name = scalar(key, "sum")
    summed: Number = 0
    for item in elements(left, "sum"):
        summed = plus(summed, item if name is None else property_of(item, name))
    return summed


def _exactly(
    left: object,
    right: object,
    of_whole: Callable[[int, int], int],
    of_decimals: Callable[[Decimal, Decimal], Decimal],
) -> Number:
    a, b = number_of(left), number_of(right)
    if isinstance(a, int) and isinstance(b, int):
        return of_whole(a, b)
    return float(of_decimals(_decimal(a), _decimal(b)))


def _divisor(right: object, name: str) -> Number:
    number = number_of(right)
    if number == 0:
        raise RefusedError(f"`{name}` cannot divide by 0.")
    return number


def _remainder(a: Decimal, b: Decimal) -> Decimal:
    """Return a remainder with the sign of the divisor, as whole numbers have it."""
    remainder = _EXACT.remainder(a, b)
    return remainder + b if remainder and (remainder < 0) != (b < 0) else remainder


def _decimal(number: Number) -> Decimal:
    return Decimal(repr(number))
