"""Filters that compare a list's elements, bounded so that hostile lists are refused instead of compared."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import orjson

from app.graph.template import limits
from app.graph.template.faults import RefusedError
from app.graph.template.filters.arguments import elements, property_of, scalar
from app.graph.template.values import text_of

T = TypeVar("T", str, float)


def where(left: object, key: object, target: object = None) -> list[object]:
    return [item for item, chosen in _chosen(left, key, target, "where") if chosen]


def reject(left: object, key: object, target: object = None) -> list[object]:
    return [item for item, chosen in _chosen(left, key, target, "reject") if not chosen]


def find(left: object, key: object, target: object = None) -> object:
    return next((item for item, chosen in _chosen(left, key, target, "find") if chosen), None)


def find_index(left: object, key: object, target: object = None) -> int | None:
    found = enumerate(_chosen(left, key, target, "find_index"))
    return next((index for index, (_, chosen) in found if chosen), None)


def has(left: object, key: object, target: object = None) -> bool:
    return any(chosen for _, chosen in _chosen(left, key, target, "has"))


def sort(left: object, key: object = None) -> list[object]:
    return _ordered(left, key, "sort", lambda value: value)


def sort_natural(left: object, key: object = None) -> list[object]:
    return _ordered(left, key, "sort_natural", lambda value: text_of(value).lower())


def uniq(left: object, key: object = None) -> list[object]:
    seen: set[bytes] = set()
    kept = []
    length = 0
    for item, value in _valued(left, key, "uniq"):
        mark = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
        length += len(mark)
        if length > limits.TEXT_LENGTH:
            raise RefusedError(f"`uniq` compares at most {limits.TEXT_LENGTH} bytes.")
        if mark not in seen:
            seen.add(mark)
            kept.append(item)
    return kept


def _valued(left: object, key: object, name: str) -> Iterator[tuple[object, object]]:
    """Give each element with what of it is compared."""
    wanted = scalar(key, name)
    for item in elements(left, name, limits.COMPARED_LENGTH):
        yield item, item if wanted is None else property_of(item, wanted)


def _chosen(left: object, key: object, target: object, name: str) -> Iterator[tuple[object, bool]]:
    """Give each element with whether its property is the target; without a target, whether it is anything at all."""
    sought = scalar(target, name)
    for item, value in _valued(left, key, name):
        if sought is None:
            yield item, value is not None and value is not False
        else:
            yield item, isinstance(value, bool) is isinstance(sought, bool) and value == sought


def _ordered(left: object, key: object, name: str, measure: Callable[[object], object]) -> list[object]:
    """Sort by text or by number; what is missing comes last."""
    texts: list[tuple[str, object]] = []
    numbers: list[tuple[float, object]] = []
    missing: list[object] = []
    for item, value in _valued(left, key, name):
        match None if value is None else measure(scalar(value, name)):
            case None:
                missing.append(item)
            case str() as text:
                texts.append((text, item))
            case int() | float() as number if not isinstance(number, bool):
                numbers.append((number, item))
            case _:
                raise RefusedError(f"`{name}` orders texts or numbers; true and false are neither.")
    if texts and numbers:
        raise RefusedError(f"`{name}` orders either texts or numbers, not both in one list.")
    if sum(len(text) for text, _ in texts) > limits.TEXT_LENGTH:
        raise RefusedError(f"`{name}` compares at most {limits.TEXT_LENGTH} characters.")
    return [*_sorted(texts), *_sorted(numbers), *missing]


def _sorted(pairs: list[tuple[T, object]]) -> list[object]:
    return [item for _, item in sorted(pairs, key=lambda pair: pair[0])]
