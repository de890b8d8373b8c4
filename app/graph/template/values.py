"""What Liquid's values become: text, JSON text, or JSON values, never Python's notation."""

import math
from collections.abc import Mapping, Sequence

import orjson
from liquid.builtin.tags.for_tag import ForLoop
from liquid.builtin.tags.tablerow_tag import TableRow

from app.core.json import JsonValue
from app.graph.errors import TemplateError
from app.graph.template import limits

_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**64 - 1  # what JSON text keeps when it is read again


class JsonText(str):
    """JSON text that the filter `json` made: within JSON it stands for itself, not for a text."""

    __slots__ = ()


def text_of(value: object) -> str:
    """Return a value as text: nothing for what is missing, JSON text for objects and lists."""
    match value:
        case str():
            return value
        case None | ForLoop() | TableRow():
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() | Mapping() | Sequence() | range():
            return json_of(value)
    return ""  # `empty` and `blank`


def json_of(value: object) -> str:
    """Return a value as JSON text. Raises `TemplateError` where JSON cannot say it, or it is too long.

    A list that filters made can hold one large value thousands of times, which is why it is written bit by bit.
    """
    if not isinstance(value, list | tuple | range):
        return _bounded(_dump(value))
    size = 1  # a bracket; each piece brings a comma or the other bracket
    pieces = []
    for item in value:
        pieces.append(_dump(item))
        size += len(pieces[-1]) + 1
        if size > limits.TEXT_LENGTH:
            raise _too_long()
    return f"[{','.join(pieces)}]"


def json_bytes(value: object) -> bytes:
    """Return a value as JSON bytes, of whatever length. Raises `TemplateError` where JSON cannot say it."""
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError as error:
        raise TemplateError(f"This value cannot be written as JSON: {error}.") from error


def native_of(value: object) -> JsonValue:
    """Return a value as JSON has it. Raises `TemplateError` for a number that JSON text would not keep."""
    match value:
        case ForLoop() | TableRow():
            return None
        case str():
            return str(value)  # also where it is `JsonText`
        case int() | float():
            return _kept(value)
        case tuple() | range():
            return list(value)
        case Mapping() | Sequence():
            return value
    return None  # what is missing, `empty` and `blank`


def flattened(value: object, most: int) -> list[object] | None:
    """Return what a filter for lists works on, lists within lists laid open; None when it is more than `most`."""
    if value is None:
        return []
    if not isinstance(value, list | tuple | range):
        return [value]
    flat: list[object] = []
    open_lists = [iter(value)]
    while open_lists:
        for item in open_lists[-1]:
            if isinstance(item, list | tuple):
                open_lists.append(iter(item))
                break
            flat.append(item)
            if len(flat) > most:
                return None
        else:
            open_lists.pop()
    return flat


def number_of(value: object) -> int | float:
    """Return a number, or a text that is one, as a number; everything else counts as 0 (as in Liquid)."""
    parsed = parse_number(value.strip()) if isinstance(value, str) else value
    if isinstance(parsed, bool) or not isinstance(parsed, int | float):
        return 0
    return parsed


def parse_number(text: str) -> int | float | None:
    """Return the number that a text writes down, None when it is none (or not finite, or absurdly long)."""
    if len(text) > limits.NUMBER_LENGTH or "_" in text or not text.isascii():
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _dump(value: object) -> str:
    if isinstance(value, float):
        _kept(value)
    return json_bytes(value).decode()


def _plain(value: object) -> object:
    """Return what stands for a value that is none of JSON's own kinds."""
    if isinstance(value, Mapping) and not isinstance(value, ForLoop | TableRow):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    return None


def _kept(number: float) -> float:
    if not math.isfinite(number):
        raise TemplateError("A number grew past what can be written down.")
    if isinstance(number, int) and not _LEAST_INTEGER <= number <= _GREATEST_INTEGER:
        raise TemplateError("A number past 64 bits cannot be kept as a number; render it within a text.")
    return number


def _bounded(text: str) -> str:
    if len(text) > limits.TEXT_LENGTH:
        raise _too_long()
    return text


def _too_long() -> TemplateError:
    return TemplateError(f"A value in this template is longer than {limits.TEXT_LENGTH} characters as JSON.")
