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
_SHOWN_CHARACTERS = 60


def kind_of(value: JsonValue) -> str:
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "a list")


def shown(value: JsonValue) -> str:
    """Return a text, cut when it is long, a number or a truth as it is, anything else by its kind."""
    if isinstance(value, str):
        return f'the text "{cut(value)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else kind_of(value)


def cut(text: str) -> str:
    """Return a text as a sentence can quote it, cut when it is long."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
