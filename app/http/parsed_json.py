"""JSON in bodies and answers that has been parsed already: nobody looks at it value by value once more.

What pydantic does with each value of a `JsonValue` keeps the event loop from everything else for tenths of a second
where a body has hundreds of thousands of them.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class _Taken:
    """Takes and gives what is there as it is, and documents it as `shown`."""

    shown: TypeAdapter[Any]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(self.shown.core_schema)


ParsedJson = Annotated[JsonValue, _Taken(TypeAdapter(JsonValue))]
# In answers alone: of what is sent somebody has to say that it is an object.
ParsedObject = Annotated[dict[str, JsonValue], _Taken(TypeAdapter(dict[str, JsonValue]))]
