"""A setting that holds the rules of one field."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Self

from pydantic.json_schema import JsonSchemaValue

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.field_rules.date_format import DateFormat
from app.graph.field_rules.kinds import INTEGER, NUMERIC
from app.graph.field_rules.written import BoundRule, WrittenRule, split
from app.graph.template.template import Template

MAX_RULES = 50  # of one field
MAX_CHARACTERS = 10_000  # of one field's rules together
_TEXT: JsonSchemaValue = {"type": "string", "format": "liquid"}


class BoundRules(NamedTuple):
    rules: Sequence[BoundRule]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(rule.name for rule in self.rules)

    @property
    def is_number(self) -> bool:
        """Say whether a text in this field is meant as a number."""
        return not self.names.isdisjoint((INTEGER, NUMERIC))

    @property
    def date_format(self) -> DateFormat | None:
        return next((rule.check for rule in self.rules if isinstance(rule.check, DateFormat)), None)


class FieldRules(Template[BoundRules]):
    """`"required|string|max:5"`, or a list of such rules, where patterns may have bars of their own."""

    json_schema: ClassVar[JsonSchemaValue] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
    expected: ClassVar[str] = 'rules such as "required|max:5", or a list of such texts'

    def __init__(self, source: str | Sequence[str]) -> None:
        texts = split(source) if isinstance(source, str) else source
        if not 1 <= len(texts) <= MAX_RULES:
            raise TemplateError(f"A field has 1 to {MAX_RULES} rules; here are {len(texts)}.")
        if sum(map(len, texts)) > MAX_CHARACTERS:
            raise TemplateError(f"The rules of a field have at most {MAX_CHARACTERS} characters together.")
        try:
            self._rules = [WrittenRule(text) for text in texts]
        except TemplateError as error:
            is_parted = isinstance(source, str) and "regex:" in source and len(texts) > 1
            hint = " Where a pattern has a | in it, write the rules as a list." if is_parted else ""
            raise TemplateError(error.message + hint, error.line, error.column) from None
        reads = frozenset(read for rule in self._rules for read in rule.reads)
        super().__init__(source, reads, is_static=all(rule.is_static for rule in self._rules))

    @classmethod
    def of(cls, setting: object) -> Self:
        if isinstance(setting, str):
            return cls(setting)
        if isinstance(setting, list) and all(isinstance(text, str) for text in setting):
            return cls(setting)
        raise TypeError(cls.expected)

    def _render(self, roots: Mapping[str, JsonValue], budget: Budget) -> BoundRules:
        return BoundRules([rule.bound(roots, budget) for rule in self._rules])
