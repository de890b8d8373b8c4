"""Which rules of a group were looked at and what each of them came to, so that the log shows why it holds or not."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.json import JsonObject, JsonValue
from app.graph.context import Budget
from app.graph.errors import PermanentError
from app.graph.kinds import kind_of
from app.graph.leaf import Roots
from app.graph.operands import text_of
from app.graph.rules import AnyRule, Group

SHOWN_CHARACTERS = 200  # of an operand: a group may have hundreds of rules


@dataclass(frozen=True, slots=True)
class Explained:
    """Renders a group to `{logic, result, rules}`, with an entry for each rule that was looked at.

    Entries are groups again, or `{type, operator, result, input, value}`, operands cut where they are long. The rules
    behind the one that decides have no entry.
    """

    group: Group

    @property
    def is_slow(self) -> bool:
        return self.group.is_slow

    def render(self, roots: Roots, budget: Budget) -> JsonObject:
        """Say what each rule came to. Raises `PermanentError`, naming the rule that cannot be answered."""
        return _of_group(self.group, "", roots, budget)


def _of_group(group: Group, place: str, roots: Roots, budget: Budget) -> JsonObject:
    entries: list[JsonObject] = []

    def results() -> Iterator[bool]:
        for index, rule in enumerate(group.rules):
            entries.append(_of_rule(rule, f"{place}rules[{index}]", roots, budget))
            yield entries[-1]["result"] is True

    return {"logic": group.logic, "result": group.decide(results()), "rules": entries}


def _of_rule(rule: AnyRule, place: str, roots: Roots, budget: Budget) -> JsonObject:
    if isinstance(rule, Group):
        return _of_group(rule, f"{place}.", roots, budget)
    try:
        result, given, value = rule.compare(roots, budget)
    except PermanentError as error:
        raise error.behind(f"In {place}: ") from None
    compared = {"result": result, "input": _cut(given), "value": _cut(value)}
    return {"type": rule.kind, "operator": rule.operator, **compared}


def _cut(value: JsonValue) -> JsonValue:
    try:
        written = text_of(value)
    except PermanentError:  # past all lengths
        return kind_of(value)
    return value if len(written) <= SHOWN_CHARACTERS else f"{written[:SHOWN_CHARACTERS]}…"
