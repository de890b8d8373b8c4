"""How filters compare values: numbers by what they are, truths with truths only, nothing is equal to nothing."""

from collections.abc import Callable, Mapping
from enum import Enum

from app.core.json import JsonValue
from app.graph.jsonpath.cost import Cost


class Nothing(Enum):
    """What a path within a filter comes to where it leads nowhere."""

    NOTHING = "nothing"


NOTHING = Nothing.NOTHING
Comparable = JsonValue | Nothing


def equal(left: Comparable, right: Comparable, cost: Cost) -> bool:
    """Say whether two values are the same, objects whatever the order of their names."""
    pairs = [(left, right)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            cost.count(len(one))
            if one.keys() != other.keys():
                return False
            pairs += [(value, other[name]) for name, value in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            cost.count(len(one))
            if len(one) != len(other):
                return False
            pairs += zip(one, other, strict=True)
        elif not _same(one, other):
            return False
    return True


def less(left: Comparable, right: Comparable) -> bool:
    """Say whether a number is less than a number, or a text comes before a text; all else is not ordered."""
    if isinstance(left, str) and isinstance(right, str):
        return left < right
    return _is_number(left) and _is_number(right) and left < right  # type: ignore[operator] # numbers, as just seen


def _same(one: Comparable, other: Comparable) -> bool:
    if _is_number(one) and _is_number(other):
        return one == other
    return type(one) is type(other) and one == other


def _is_number(value: Comparable) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


COMPARISONS: Mapping[str, Callable[[Comparable, Comparable, Cost], bool]] = {
    "==": equal,
    "!=": lambda left, right, cost: not equal(left, right, cost),
    "<": lambda left, right, _: less(left, right),
    ">": lambda left, right, _: less(right, left),
    "<=": lambda left, right, cost: less(left, right) or equal(left, right, cost),
    ">=": lambda left, right, cost: less(right, left) or equal(left, right, cost),
}
