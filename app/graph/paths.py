"""Iteration paths as text: node and item by turns, each percent-encoded, joined by dots; "" outside iterators."""

from collections.abc import Sequence
from urllib.parse import quote, unquote


def encode(path: Sequence[str | int]) -> str:
    """Write `["loop", 3]` as `loop.3`."""
    return ".".join(encode_part(str(part)) for part in path)


def below(text: str, iterator: str, index: int) -> str:
    """Write the path of an item of an iterator that stands in the path `text`."""
    own = f"{encode_part(iterator)}.{index}"
    return f"{text}.{own}" if text else own


def decode(text: str) -> list[str | int]:
    """Read `loop.3` as `["loop", 3]`."""
    parts = text.split(".") if text else []
    return [int(part) if place % 2 else unquote(part) for place, part in enumerate(parts)]


def encode_part(part: str) -> str:
    """Percent-encode all but ASCII letters, digits, `_` and `-`, so that no part has a dot of its own."""
    return quote(part, safe="_-").replace(".", "%2E").replace("~", "%7E")
