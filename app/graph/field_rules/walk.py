"""Finding the places in a value that a name stands for, within bounds of what looking may cost."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.field_rules.names import EACH, Name

MAX_STEPS = 100_000  # places looked at and rules held against them: about a tenth of a second


class TooLargeError(Exception):
    """The value has more places than can be looked at."""


class Place(NamedTuple):
    keys: tuple[str | int, ...]
    value: JsonValue  # None where there is none
    is_there: bool


class Walk:
    """One value, and the steps that were made in it."""

    def __init__(self, root: JsonValue, budget: Budget) -> None:
        self._root = root
        self._budget = budget
        self._steps = 0

    def step(self) -> None:
        """Count a step. Raises `TooLargeError` past the limit, and `TemplateError` once the step's time is used up."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TooLargeError
        self._budget.check()

    def places(self, name: Name) -> Iterator[Place]:
        """Give the places that a name stands for, one for each entry where it has a star.

        What is missing behind the last star, or without any, is a place, too. Raises as `step` does.
        """
        return self._below(Place((), self._root, is_there=True), name)

    def _below(self, place: Place, name: Name) -> Iterator[Place]:
        self.step()
        if not name:
            yield place
        elif name[0] is EACH:
            for key, value in _entries(place.value):
                yield from self._below(Place((*place.keys, key), value, is_there=True), name[1:])
        else:
            yield from self._below(_entry(place, name[0]), name[1:])


def _entries(value: JsonValue) -> Iterator[tuple[str | int, JsonValue]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from enumerate(value)


def _entry(place: Place, name: str) -> Place:
    value = place.value
    if isinstance(value, Mapping):
        return Place((*place.keys, name), value.get(name), name in value)
    if isinstance(value, Sequence) and not isinstance(value, str) and name.isdecimal() and name.isascii():
        index = int(name)
        is_there = index < len(value)
        return Place((*place.keys, index), value[index] if is_there else None, is_there)
    return Place((*place.keys, name), None, is_there=False)
