"""What checking against a JSON Schema can cost: its parts, counted with all that its references stand for."""

from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from app.core.json import JsonValue

MAX_DEPTH = 100  # parts within each other, references followed
_ELSEWHERE = ("$dynamicRef", "$recursiveRef")  # what they lead to is known only while a value is checked


def cost_of(schema: JsonValue) -> int:
    """Return the number of parts. Raises `ValueError` for references to elsewhere, or in a circle."""
    return _Reader(schema).cost(schema, 0)


def patterns_of(schema: JsonValue) -> int:
    """Return how many regular expressions there may be in a schema: values that look like some count as well."""
    count = 0
    level = [schema]
    for part in level:  # grows by what is within
        if isinstance(part, Mapping):
            named = part.get("patternProperties")
            count += isinstance(part.get("pattern"), str) + (len(named) if isinstance(named, Mapping) else 0)
            level += part.values()
        elif isinstance(part, Sequence) and not isinstance(part, str):
            level += part
    return count


class _Reader:
    def __init__(self, root: JsonValue) -> None:
        self._root = root
        self._known: dict[int, int] = {}  # by id: what was counted is not counted again
        self._open: set[int] = set()

    def cost(self, part: JsonValue, depth: int) -> int:
        if isinstance(part, str) or not isinstance(part, Mapping | Sequence):
            return 1
        if id(part) in self._open:
            raise ValueError("The references of a JSON Schema must not lead in a circle.")
        if depth > MAX_DEPTH:
            raise ValueError(f"The parts of a JSON Schema may stand in each other at most {MAX_DEPTH} deep.")
        if id(part) not in self._known:
            self._open.add(id(part))
            inner = part.values() if isinstance(part, Mapping) else part
            self._known[id(part)] = 1 + sum(self.cost(one, depth + 1) for one in [*inner, *self._referred(part)])
            self._open.remove(id(part))
        return self._known[id(part)]

    def _referred(self, part: JsonValue) -> list[JsonValue]:
        if not isinstance(part, Mapping):
            return []
        if any(isinstance(part.get(name), str) for name in _ELSEWHERE):
            raise ValueError(f"A JSON Schema cannot use {' or '.join(_ELSEWHERE)} here; use $ref.")
        if part is not self._root and isinstance(part.get("$id"), str):
            raise ValueError("A JSON Schema can have an $id at its top only.")
        reference = part.get("$ref")
        return [self._target(reference)] if isinstance(reference, str) else []

    def _target(self, reference: str) -> JsonValue:
        """Return the part that a reference leads to; None where there is none, which compiling reports."""
        if reference != "#" and not reference.startswith("#/"):
            raise ValueError(
                f'"{reference[:60]}" is out of reach: a $ref leads to a part of its own schema, as "#/$defs/x" does.'
            )
        target = self._root
        for name in reference.split("/")[1:]:
            target = _entry(target, unquote(name).replace("~1", "/").replace("~0", "~"))
        return target


def _entry(part: JsonValue, name: str) -> JsonValue:
    if isinstance(part, Mapping):
        return part.get(name)
    if isinstance(part, Sequence) and not isinstance(part, str) and name.isdecimal() and name.isascii():
        place = int(name)
        return part[place] if place < len(part) else None
    return None
