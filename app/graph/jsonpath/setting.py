"""A setting that becomes a path."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic.json_schema import JsonSchemaValue

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.errors import TemplateError
from app.graph.jsonpath.path import JsonPath, compile_path
from app.graph.template import Template, TextTemplate


class PathTemplate(Template[JsonPath]):
    """A JSONPath, or a template that comes to one. A path that is written out is read when it is made."""

    json_schema: ClassVar[JsonSchemaValue] = {"type": "string", "format": "liquid"}
    expected: ClassVar[str] = "a JSONPath such as $.items[0].id"

    def __init__(self, source: str) -> None:
        self._text = TextTemplate(source)
        self._path = compile_path(source) if self._text.is_static else None
        super().__init__(source, self._text.reads, is_static=self._text.is_static)

    @classmethod
    def of(cls, setting: object) -> "PathTemplate":
        if isinstance(setting, str):
            return cls(setting)
        raise TypeError(cls.expected)

    def _render(self, roots: Mapping[str, JsonValue], budget: Budget) -> JsonPath:
        return self._path or _located(self._text.render(roots, budget))


def _located(source: str) -> JsonPath:
    """Read a path that only the run knows, so that the place of a fault is not one in the setting."""
    try:
        return compile_path(source)
    except TemplateError as error:
        place = f" (line {error.line}, column {error.column})" if error.line else ""
        raise TemplateError(f"{error.message.removesuffix('.')}{place}.") from None
