"""A rule as it is written, `name:parameters`, and a field's rules in one text with bars between them."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.field_rules.rule import Check, Parameters, Rule, WrongParametersError
from app.graph.field_rules.table import RULES
from app.graph.leaf import Roots
from app.graph.template.tree import Tree

_MARK = re.compile(r"\{[{%]|[}%]\}|\|")
_SHOWN_CHARACTERS = 100


class BoundRule(NamedTuple):
    name: str
    check: Check
    is_implicit: bool


class WrittenRule:
    """One rule of a field. What stands behind its colon may be a template; its name may not."""

    def __init__(self, text: str) -> None:
        """Read a rule. Raises `TemplateError` with a sentence."""
        name, colon, parameters = text.partition(":")
        self._name = name.strip()
        self._text = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
        self._rule = _rule_named(self._name)
        self._tree = Tree(parameters if colon else None)
        self.reads = self._tree.reads
        self.is_static = self._tree.is_static
        self._bound = self._bind(parameters if colon else None) if self.is_static else None

    def bound(self, roots: Roots, budget: Budget) -> BoundRule:
        """Return the rule with its parameters. Raises `TemplateError` where a template comes to wrong ones."""
        if self._bound is not None:
            return self._bound
        value = self._tree.render(roots, budget)
        return self._bind("" if value is None else value)

    def _bind(self, given: JsonValue) -> BoundRule:
        try:
            check = self._rule.bind(Parameters(given))
        except WrongParametersError as error:
            more = f" {error}" if str(error) else ""
            raise TemplateError(
                f'The rule {self._name} is written as {self._rule.usage}; "{self._text}" does not fit.{more}'
            ) from None
        return BoundRule(self._name, check, self._rule.is_implicit)


def _rule_named(name: str) -> Rule:
    if name in RULES:
        return RULES[name]
    shown = name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…"
    raise TemplateError(f'There is no rule "{shown}"; there are: {", ".join(sorted(RULES))}.')


def split(text: str) -> Sequence[str]:
    """Return the rules that a text has between its bars. Bars within templates are filters' and part nothing."""
    parts, start, is_inside = [], 0, False
    for mark in _MARK.finditer(text):
        if mark[0] != "|":
            is_inside = mark[0].startswith("{")
        elif not is_inside:
            parts.append(text[start : mark.start()])
            start = mark.end()
    return [part for part in [*parts, text[start:]] if part.strip()]
