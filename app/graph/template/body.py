"""A setting that becomes the body of a call."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic.json_schema import JsonSchemaValue

from app.core.json import JsonValue
from app.graph.context import Budget
from app.graph.template.forms import RenderedBody, form_of
from app.graph.template.template import Template


class BodyTemplate(Template[RenderedBody]):
    """An object or a list with templates in its texts; or a text, which may itself be JSON with templates in it.

    In a text that is JSON a template between quotes stays between them, whatever it comes to; elsewhere it becomes
    JSON. A text that is one `{{ … }}` becomes that value: text as it is, everything else as JSON.
    """

    json_schema: ClassVar[JsonSchemaValue] = {
        "anyOf": [{"type": "string", "format": "liquid"}, {"type": "object"}, {"type": "array"}]
    }
    expected: ClassVar[str] = "a text, an object or a list"

    def __init__(self, source: JsonValue) -> None:
        self._form = form_of(source)
        super().__init__(source, self._form.reads, is_static=self._form.is_static)

    @classmethod
    def of(cls, setting: object) -> "BodyTemplate":
        if isinstance(setting, str | dict | list):
            return cls(setting)
        raise TypeError(cls.expected)

    def _render(self, roots: Mapping[str, JsonValue], budget: Budget) -> RenderedBody:
        return self._form.render(roots, budget)
