"""Holding rules against the fields of a value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.field_rules.field import Field, Surroundings, is_blank_text
from app.graph.field_rules.names import Name, parse_name
from app.graph.field_rules.presence import BAIL, NULLABLE, SOMETIMES
from app.graph.field_rules.setting import BoundRules, FieldRules
from app.graph.field_rules.walk import TooLargeError, Walk
from app.graph.field_rules.written import BoundRule
from app.graph.input_fault import MAX_FAULTS, InputFault, place_of, sentence_of, too_large
from app.graph.leaf import Roots, rendered

_SHOWN_CHARACTERS = 100  # of a path, in a message


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """Renders to what keeps a value from fitting the rules of its fields: nothing where it fits."""

    is_slow: ClassVar[bool] = True  # over as many fields as there are

    rules: Mapping[str, FieldRules]  # by the fields' names
    value: JsonValue

    def render(self, roots: Roots, budget: Budget) -> list[InputFault]:
        """Return the first faults. Raises `PermanentError` for rules that cannot be held against anything."""
        bound = {parse_name(name): rendered(rules, roots, budget) for name, rules in self.rules.items()}
        with budget:
            around = Surroundings(Walk(self.value, budget), roots.get("now"))
            try:
                return list(islice(_faults(bound, around), MAX_FAULTS))
            except TooLargeError:
                return [too_large("rules")]


def _faults(bound: Mapping[Name, BoundRules], around: Surroundings) -> Iterator[InputFault]:
    for name, rules in bound.items():
        names, is_number, date_format = rules.names, rules.is_number, rules.date_format
        for place in around.walk.places(name):
            field = Field(name, place, around, is_number, date_format.read if date_format else None)
            yield from _of_field(field, rules, names)


def _of_field(field: Field, rules: BoundRules, names: frozenset[str]) -> Iterator[InputFault]:
    """Give what is wrong with a field. A field that must be there and is not has no further faults."""
    for rule in rules.rules:
        field.around.walk.step()
        wrong = rule.check(field) if _counts(rule, field, names) else None
        if wrong is not None:
            path = place_of(field.place.keys)
            shown = path if len(path) <= _SHOWN_CHARACTERS else f"{path[:_SHOWN_CHARACTERS]}…"
            yield InputFault(path, rule.name, sentence_of(f'"{shown}" {wrong}'))
            if rule.is_implicit or BAIL in names:
                return


def _counts(rule: BoundRule, field: Field, names: frozenset[str]) -> bool:
    """Say whether a rule is held against a field: of those that are missing, blank or null only some are."""
    is_there = field.place.is_there
    if rule.is_implicit:
        return is_there or SOMETIMES not in names
    return is_there and not is_blank_text(field.value) and not (field.value is None and NULLABLE in names)
