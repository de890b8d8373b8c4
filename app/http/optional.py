"""Parameters that may be left out and are never null, which is how the OpenAPI document shows them."""

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

_NULL = {"type": "null"}


class _NeverNull:
    """Marks `T | None` in an annotation: None is what the code sees of a parameter that was not sent."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        shown = handler(schema)
        (kind,) = (one for one in shown.pop("anyOf") if one != _NULL)
        return {**kind, **shown}


NEVER_NULL = _NeverNull()
