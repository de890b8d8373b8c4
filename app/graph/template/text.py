"""A setting that becomes text."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic.json_schema import JsonSchemaValue

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.template.cache import PROGRAMS
from app.graph.template.program import is_liquid
from app.graph.template.template import Template
from app.graph.template.values import text_of


class TextTemplate(Template[str]):
    """Text with templates in it. Objects and lists become JSON text, what is missing becomes nothing."""

    json_schema: ClassVar[JsonSchemaValue] = {
        "anyOf": [{"type": "string", "format": "liquid"}, {"type": "number"}, {"type": "boolean"}]
    }
    expected: ClassVar[str] = "text, a number, true or false"

    def __init__(self, source: str) -> None:
        self._text = source
        self._program = PROGRAMS.program(source) if is_liquid(source) else None
        reads = self._program.reads if self._program else frozenset()
        super().__init__(source, reads, is_static=self._program is None)

    @classmethod
    def of(cls, setting: object) -> Self:
        if isinstance(setting, str | int | float):
            return cls(text_of(setting))
        raise TypeError(cls.expected)

    def _render(self, roots: Mapping[str, JsonValue], budget: Budget) -> str:
        return self._program.text(roots, budget) if self._program else self._text
