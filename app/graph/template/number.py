"""A setting that becomes a number."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic.json_schema import JsonSchemaValue

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.template.template import Template
from app.graph.template.tree import Tree
from app.graph.template.values import native_of, parse_number


class NumberTemplate(Template[int | float]):
    """A number, or a template that comes to one. Text counts as the number that it writes down: "10" is 10."""

    json_schema: ClassVar[JsonSchemaValue] = {"anyOf": [{"type": "number"}, {"type": "string", "format": "liquid"}]}
    expected: ClassVar[str] = "a number, or a text with a template that comes to one"

    def __init__(self, source: float | str) -> None:
        self._tree = Tree(source)
        if self._tree.is_static:
            self._constant = _number(source)
        super().__init__(source, self._tree.reads, is_static=self._tree.is_static)

    @classmethod
    def of(cls, setting: object) -> "NumberTemplate":
        if isinstance(setting, str | int | float) and not isinstance(setting, bool):
            return cls(setting)
        raise TypeError(cls.expected)

    def _render(self, roots: Mapping[str, JsonValue], budget: Budget) -> int | float:
        return self._constant if self.is_static else _number(self._tree.render(roots, budget))


def _number(value: JsonValue) -> int | float:
    number = native_of(parse_number(value.strip()) if isinstance(value, str) else value)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TemplateError("This must come to a number.")  # what it came to may be a secret
    return number
