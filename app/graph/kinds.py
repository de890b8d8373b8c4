"""What a JSON value is called in a sentence."""

from collections.abc import Mapping

from app.core.json import JsonValue

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "a text"),
    (Mapping, "an object"),
    (type(None), "null"),
)


def kind_of(value: JsonValue) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "a list")
