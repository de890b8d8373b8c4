"""What the JSON Schema of a template says of the values it may come to, so that editors refuse what the server does."""

from typing import Annotated

from pydantic import WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from app.graph.template import ValueTemplate

_TEMPLATE: JsonSchemaValue = {"type": "string", "format": "liquid"}

ListTemplate = Annotated[ValueTemplate, WithJsonSchema({"anyOf": [{"type": "array"}, _TEMPLATE]})]
ObjectTemplate = Annotated[ValueTemplate, WithJsonSchema({"anyOf": [{"type": "object"}, _TEMPLATE, {"type": "null"}]})]
TEXTS = WithJsonSchema({"anyOf": [_TEMPLATE, {"type": "array", "items": _TEMPLATE}, {"type": "null"}]})


def number_within(least: float, most: float, kind: str = "number") -> WithJsonSchema:
    """Return what a number template is annotated with, where a number that is written out has bounds."""
    return WithJsonSchema({"anyOf": [{"type": kind, "minimum": least, "maximum": most}, _TEMPLATE]})
