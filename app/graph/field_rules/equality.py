"""When rules take two values as the same."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeGuard

import orjson

from app.core.json import JsonValue
from app.graph.array_operators import identity
from app.graph.errors import PermanentError
from app.graph.field_rules.kinds import as_number

_TRUE, _FALSE, _NULL = frozenset({"true", "1"}), frozenset({"false", "0"}), frozenset({"null", ""})


def one_of(written: Sequence[str]) -> Callable[[JsonValue], bool]:
    """Return what says whether a value is among those that parameters write down. Objects and lists never are."""
    texts = frozenset(written)
    numbers = frozenset(as_number(text) for text in written) - {None}

    def is_one(value: JsonValue) -> bool:
        match value:
            case None:
                return not texts.isdisjoint(_NULL)
            case bool():
                return not texts.isdisjoint(_TRUE if value else _FALSE)
            case str():
                return value in texts
            case int() | float():
                return as_number(value) in numbers
        return False

    return is_one


def loosely(value: JsonValue) -> str:
    """Return what values have in common that are the same but for their types, as 1 and "1" are."""
    try:
        return identity(int(value) if _is_whole(value) else value)
    except PermanentError:
        return repr(value)


def ignoring_case(value: JsonValue) -> str:
    """Return what values have in common that are the same but for types and for upper and lower case."""
    return loosely(value).casefold()


def strictly(value: JsonValue) -> str:
    """Return what values have in common that are the same, whatever the order of an object's keys."""
    if _is_whole(value):
        return repr(int(value))
    if not isinstance(value, Mapping | Sequence):
        return repr(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return repr(value)


def _is_whole(value: JsonValue) -> TypeGuard[float]:
    """Say whether a value is a whole number written as a fraction: 1.0 is 1 in JSON."""
    return isinstance(value, float) and value.is_integer()
