"""What a condition makes of a JSON value: a text, an exact number, a truth, a list, or else a sentence."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from app.core.json import JsonValue
from app.graph.errors import PermanentError, TemplateError
from app.graph.kinds import shown
from app.graph.template import values

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_NUMBER_CHARACTERS = 1_000  # a longer text is not meant as a number

_TRUE_WORDS = frozenset({"true", "1", "yes", "on"})
_FALSE_WORDS = frozenset({"false", "0", "no", "off", ""})


def text_of(value: JsonValue) -> str:
    """Return a value as templates write it: nothing for null, JSON for objects and lists."""
    try:
        return values.text_of(value)
    except TemplateError as error:
        raise PermanentError(error.message) from None


def is_blank(value: JsonValue) -> bool:
    """Say whether there is nothing in a value: null, an empty text, list or object."""
    return value is None or (isinstance(value, str | Sequence | Mapping) and not value)


def number_of(setting: str, value: JsonValue) -> Decimal:
    """Return the exact number that a value is, or that a text writes down. Raises `PermanentError`."""
    written = str(value).strip() if isinstance(value, str | int | float) else ""
    if len(written) <= _NUMBER_CHARACTERS and _NUMBER.fullmatch(written):
        return Decimal(written)
    raise PermanentError(f'"{setting}" must be a number; it is {shown(value)}.')


def truth_of(setting: str, value: JsonValue) -> bool:
    """Return what a value says: true, yes, on, 1, or false, no, off, 0 and nothing. Raises `PermanentError`."""
    word = text_of(value).strip().lower()
    if word in _TRUE_WORDS or word in _FALSE_WORDS:
        return word in _TRUE_WORDS
    raise PermanentError(f'"{setting}" must be true or false; it is {shown(value)}.')


def list_of(setting: str, value: JsonValue) -> Sequence[JsonValue]:
    """Return a list, or the parts of a text between its commas. Raises `PermanentError`."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")]
    if isinstance(value, Sequence):
        return value
    raise PermanentError(f'"{setting}" must be a list, or a text with commas; it is {shown(value)}.')
