"""A setting of any JSON type."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic.json_schema import JsonSchemaValue

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.template.template import Template
from app.graph.template.tree import Tree


class ValueTemplate(Template[JsonValue]):
    """A JSON value with templates in its texts. A text that is one `{{ … }}` becomes that value, with its type."""

    json_schema: ClassVar[JsonSchemaValue] = {}
    expected: ClassVar[str] = "a JSON value"

    def __init__(self, source: JsonValue) -> None:
        self._tree = Tree(source)
        super().__init__(source, self._tree.reads, is_static=self._tree.is_static)

    @classmethod
    def of(cls, setting: object) -> Self:
        if setting is None or isinstance(setting, str | int | float | dict | list):
            return cls(setting)
        raise TypeError(cls.expected)

    def _render(self, roots: Mapping[str, JsonValue], budget: Budget) -> JsonValue:
        return self.source if self.is_static else self._tree.render(roots, budget)
