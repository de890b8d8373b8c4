"""JSON as Virga reads and writes it: bytes stay as serialized, integers keep 64 bits, NaN does not exist."""

from collections.abc import Mapping, Sequence

import orjson

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
JsonObject = Mapping[str, JsonValue]


def dumps(value: object) -> str:
    """Serialize to compact JSON text. Raises `TypeError` for what JSON cannot say, integers past 64 bits included."""
    return orjson.dumps(value).decode()


def loads(text: str | bytes) -> JsonValue:
    """Parse JSON text. Raises `ValueError` when it is none."""
    parsed: JsonValue = orjson.loads(text)
    return parsed


def loads_object(text: str | bytes) -> JsonObject:
    """Parse JSON text that must be an object. Raises `ValueError` otherwise."""
    parsed = orjson.loads(text)
    if not isinstance(parsed, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 -- it is the text that is wrong
    return parsed


def loads_list(text: str | bytes) -> Sequence[JsonValue]:
    """Parse JSON text that must be a list. Raises `ValueError` otherwise."""
    parsed = orjson.loads(text)
    if not isinstance(parsed, list):
        raise ValueError("not a JSON list")  # noqa: TRY004 -- it is the text that is wrong
    return parsed
