"""What other systems answer, made fit to be kept: JSON whose numbers survive, text without what cannot be stored."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from encodings import normalize_encoding
from encodings.aliases import aliases

import orjson

from app.core.json import JsonValue

MAX_DEPTH = 100  # objects and lists within each other; templates stop there too

_REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NEEDS_CARE = re.compile(r"[0-9]{19}|\\u(?:0000|[dD][89a-fA-F])")  # long integers, escaped NUL and surrogates
_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**64 - 1
_INTEGER_CHARACTERS = 20  # of the longest one; Python refuses to read very long ones, in words of its own
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE | re.ASCII)
_NOT_FOR_TEXT = ("_codec", "rot_13", "mbcs")
_CODECS = {  # an answer chooses among these only: Python remembers every unknown name that it is asked for
    name: codec for alias, codec in aliases.items() if not codec.endswith(_NOT_FOR_TEXT) for name in (alias, codec)
}
_TEXT_TYPES = re.compile(r"text/|application/(?:.*[+.-])?(?:json|xml|javascript|yaml|x-www-form-urlencoded)$")
_JSON_TYPES = re.compile(r"(?:application|text)/(?:.*[+.-])?json$")


def repair_text(text: str) -> str:
    """Return the text with U+FFFD in place of NUL and lone surrogates, which the database cannot hold."""
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def parse_json(text: str) -> JsonValue:
    """Parse JSON, its texts repaired. Raises `ValueError` for what is none, or what would not survive being kept.

    That is: integers past 64 bits, numbers past the range of a double, and more than `MAX_DEPTH` levels.
    """
    value: JsonValue = _parse_with_care(text) if _NEEDS_CARE.search(text) else orjson.loads(text)
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} levels")
    return value


def is_json_type(content_type: str) -> bool:
    """Say whether a Content-Type promises JSON: `application/json`, `application/problem+json` and the like."""
    return _JSON_TYPES.match(_media_type(content_type)) is not None


def decode_text(body: bytes, content_type: str) -> str | None:
    """Return a body as text, repaired: by the charset it names, else UTF-8. None where nothing says that it is text."""
    codec = _codec(content_type)
    if codec or _TEXT_TYPES.match(_media_type(content_type)):
        return repair_text(body.decode(codec or "utf-8", errors="replace").removeprefix("\ufeff"))
    try:
        text = body.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _codec(content_type: str) -> str | None:
    named = _CHARSET.search(content_type)
    return _CODECS.get(normalize_encoding(named[1]).lower()) if named else None


def _parse_with_care(text: str) -> JsonValue:
    try:
        parsed = json.loads(text, parse_int=_integer, parse_float=_finite, parse_constant=_finite)
        return _repaired(parsed)
    except RecursionError:
        raise ValueError(f"more than {MAX_DEPTH} levels") from None


def _repaired(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return repair_text(value)
    if isinstance(value, Mapping):
        return {repair_text(name): _repaired(inner) for name, inner in value.items()}
    return [_repaired(inner) for inner in value] if isinstance(value, list) else value


def _integer(digits: str) -> int:
    if len(digits) <= _INTEGER_CHARACTERS and _LEAST_INTEGER <= int(digits) <= _GREATEST_INTEGER:
        return int(digits)
    raise ValueError("an integer past 64 bits")


def _finite(written: str) -> float:
    number = float(written)
    if math.isfinite(number):
        return number
    raise ValueError("a number that is not finite")


def _depth(value: JsonValue) -> int:
    """Return how many objects and lists stand within each other, counting no further than past `MAX_DEPTH`."""
    depth = 0
    level = _containers([value])
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            inner for outer in level for inner in _containers(outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _containers(values: Iterable[JsonValue]) -> list[dict[str, JsonValue] | list[JsonValue]]:
    return [value for value in values if isinstance(value, dict | list)]
