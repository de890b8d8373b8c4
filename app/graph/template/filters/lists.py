"""Filters that take lists apart and put them together."""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from app.graph.template import limits
from app.graph.template.faults import RefusedError
from app.graph.template.filters.arguments import elements, property_of, scalar, whole
from app.graph.template.values import text_of


def size(left: object) -> int:
    return len(left) if isinstance(left, Sequence | Mapping) else 0


def first(left: object) -> object:
    if isinstance(left, Mapping):
        return next(([key, value] for key, value in left.items()), None)
    return left[0] if _is_list(left) and left else None


def last(left: object) -> object:
    return left[-1] if _is_list(left) and left else None


def reverse(left: object) -> list[object]:
    return elements(left, "reverse")[::-1]


def join(left: object, glue: object = " ") -> str:
    between = text_of(glue)
    pieces = []
    length = 0
    for item in elements(left, "join"):
        pieces.append(text_of(item))
        length += len(pieces[-1]) + len(between)
        if length > limits.TEXT_LENGTH:
            raise RefusedError(f"`join` makes at most {limits.TEXT_LENGTH} characters.")
    return between.join(pieces)


def concat(left: object, right: object) -> list[object]:
    if right is None:
        return elements(left, "concat")
    if not _is_list(right):
        raise RefusedError("`concat` needs a list to add.")
    items = elements(left, "concat")
    if len(items) + len(right) > limits.SEQUENCE_LENGTH:
        raise RefusedError(f"`concat` makes lists of at most {limits.SEQUENCE_LENGTH} elements.")
    return [*items, *right]


def part(left: object, start: object, length: object = None) -> object:
    whole_value = left if _is_list(left) else text_of(left)
    begin, count = whole(start, 0, "slice"), whole(length, 1, "slice")
    if begin < 0:
        begin += len(whole_value)
    if begin < 0 or count <= 0:
        return whole_value[:0]
    return whole_value[begin : begin + count]


def pluck(left: object, key: object) -> list[object]:
    name = scalar(key, "map")
    return [property_of(item, name) for item in elements(left, "map")]


def compact(left: object, key: object = None) -> list[object]:
    name = scalar(key, "compact")
    items = elements(left, "compact")
    return [item for item in items if (item if name is None else property_of(item, name)) is not None]


def default(left: object, fallback: object = "", *, allow_false: object = False) -> object:
    if left is False:
        return left if allow_false is True else fallback
    if left is None or (isinstance(left, str | Sequence | Mapping) and not left):
        return fallback
    return left


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple | range)
