"""Holding a rule against each item of an array."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import PermanentError
from app.graph.leaf import Roots
from app.graph.rules import ITEM, AnyRule


@dataclass(frozen=True, slots=True)
class Filtering:
    """Renders to those items for which the rule comes to `wanted`: the same values, in the same order."""

    is_slow: ClassVar[bool] = True  # over as many items as there are

    rule: AnyRule
    items: Sequence[JsonValue]
    wanted: bool

    def render(self, roots: Roots, budget: Budget) -> list[JsonValue]:
        """Return the items. Raises `PermanentError`, naming the item that the rule cannot be held against."""
        kept = []
        for index, item in enumerate(self.items):
            try:
                holds = self.rule.render({**roots, ITEM: item}, budget)
            except PermanentError as error:
                raise error.behind(f"At item {index}, counted from 0: ") from None
            if holds is self.wanted:
                kept.append(item)
        return kept
