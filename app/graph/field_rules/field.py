"""A field as rules look at it: its value, and the rest of what is checked."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.core.json import JsonValue
from app.graph.field_rules.names import EACH, Name
from app.graph.field_rules.walk import Place, Walk

Identify = Callable[[JsonValue], str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all fields of one value share."""

    walk: Walk
    now: JsonValue  # the step's moment, as text
    counted: dict[tuple[Name, Identify], Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One of the places that a name stands for."""

    name: Name
    place: Place
    around: Surroundings
    is_number: bool  # a rule says that a text here is meant as a number
    read_date: Callable[[JsonValue], datetime | None] | None  # where a rule says how dates are written here

    @property
    def value(self) -> JsonValue:
        return self.place.value

    def other(self, name: Name) -> Place:
        """Return another field. Stars in its name stand for the same entries as those in this one's."""
        passed = iter([key for part, key in zip(self.name, self.place.keys, strict=True) if part is EACH])
        exact = tuple(next(passed, "*") if part is EACH else part for part in name)
        return next(self.around.walk.places(tuple(str(part) for part in exact)))

    def occurrences(self, identify: Identify) -> int:
        """Return how many of the places with this field's name have the same value."""
        counted = self.around.counted
        if (self.name, identify) not in counted:
            places = self.around.walk.places(self.name)
            counted[self.name, identify] = Counter(identify(place.value) for place in places if place.is_there)
        return counted[self.name, identify][identify(self.value)]


def is_missing(place: Place) -> bool:
    """Say whether there is nothing in a place: no value, null, a blank text, an empty list or object."""
    value = place.value
    return value is None or is_blank_text(value) or value in ([], {})


def is_blank_text(value: JsonValue) -> bool:
    return isinstance(value, str) and not value.strip()
