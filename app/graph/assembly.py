"""Building an object key by key: `a.b` leads into objects, `tags[]` appends to a list."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.core.json import JsonObject, JsonValue
from app.graph.kinds import shown

MAX_PARTS = 32  # of a key: deeper objects are not made by hand
_APPEND = "[]"
_SHOWN_CHARACTERS = 60


class KeyPart(NamedTuple):
    name: str
    appends: bool
    path: str  # of the key, up to this part


def parse_key(key: str) -> list[KeyPart]:
    """Read `a.b[].c`. Raises `ValueError` with a sentence."""
    names = key.split(".")
    cut = key if len(key) <= _SHOWN_CHARACTERS else f"{key[:_SHOWN_CHARACTERS]}…"
    if len(names) > MAX_PARTS:
        raise ValueError(f'The key "{cut}" has {len(names)} parts; it may have {MAX_PARTS}.')
    parts = []
    for place, written in enumerate(names):
        name = written.removesuffix(_APPEND)
        if not name or "[" in name or "]" in name:
            raise ValueError(f'"{cut}" is no key: write names with dots between them, and [] only behind a name.')
        parts.append(KeyPart(name, name != written, ".".join(names[: place + 1])))
    return parts


class Assembly:
    """An object under construction. What it did not make itself it copies before it changes it."""

    def __init__(self, source: JsonObject) -> None:
        self.result: dict[str, JsonValue] = dict(source)
        self._made: dict[int, object] = {}  # by id; holding them keeps the ids from being used again

    def put(self, parts: Sequence[KeyPart], value: JsonValue) -> None:
        """Set a value. Raises `ValueError` where something else than an object or a list is in the way."""
        target = self.result
        for part in parts[:-1]:
            target = self._enter(target, part)
        if parts[-1].appends:
            self._list(target, parts[-1]).append(value)
        else:
            target[parts[-1].name] = value

    def _enter(self, target: dict[str, JsonValue], part: KeyPart) -> dict[str, JsonValue]:
        if part.appends:
            added: dict[str, JsonValue] = {}
            self._list(target, part).append(added)
            return added
        held = target.get(part.name)
        if isinstance(held, dict) and id(held) in self._made:
            return held
        if held is not None and not isinstance(held, Mapping):
            raise _in_the_way(part, held)
        target[part.name] = copied = dict(held or {})
        self._made[id(copied)] = copied
        return copied

    def _list(self, target: dict[str, JsonValue], part: KeyPart) -> list[JsonValue]:
        held = target.get(part.name)
        if isinstance(held, list) and id(held) in self._made:
            return held
        if held is not None and (isinstance(held, str) or not isinstance(held, Sequence)):
            raise _in_the_way(part, held)
        target[part.name] = copied = list(held or [])
        self._made[id(copied)] = copied
        return copied


def _in_the_way(part: KeyPart, held: JsonValue) -> ValueError:
    wanted = "a list" if part.appends else "an object"
    return ValueError(f'The key "{part.path}" needs {wanted}, but {shown(held)} stands there already.')
