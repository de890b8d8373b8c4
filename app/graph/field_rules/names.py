"""Names of fields: `items.*.id` leads into objects and lists, with `*` into each entry."""

import re
from collections.abc import Sequence

MAX_PARTS = 32  # of a name: deeper objects are not made by hand
MAX_CHARACTERS = 255
EACH = None  # what `*` is in a name that was read

Name = tuple[str | None, ...]

_PART = re.compile(r"((?:\\.|[^.\\])*)(\.|\Z)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse_name(written: str) -> Name:
    """Read a name; a backslash keeps a dot or a star as it is. Raises `ValueError` with a sentence."""
    shown = written if len(written) <= 60 else f"{written[:60]}…"
    if len(written) > MAX_CHARACTERS:
        raise ValueError(f'The name "{shown}" is longer than {MAX_CHARACTERS} characters.')
    parts = _split(written)
    if "" in parts or len(parts) > MAX_PARTS:
        raise ValueError(
            f'"{shown}" names no field: write up to {MAX_PARTS} names with dots between them, * for each item.'
        )
    return tuple(EACH if part == "*" else _ESCAPED.sub(r"\1", part) for part in parts)


def _split(written: str) -> Sequence[str]:
    parts = []
    start = 0
    while found := _PART.match(written, start):
        parts.append(found[1])
        start = found.end()
        if not found[2]:
            return parts
    return [""]  # a backslash at the end
