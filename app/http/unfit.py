"""What JSON can say and the product cannot keep, named by its places in the body: some numbers, and some characters."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.core.errors import Fault, InvalidRequestError
from app.core.json import JsonValue
from app.graph.input_fault import MAX_FAULTS, place_of
from app.http.error_answers import summary_of

_NUL = "A string has a NUL character, which cannot be stored"
_HALF = "A string has half of a surrogate pair, which is not valid Unicode"

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNKEPT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class UnfitNumber:
    """Stands where a number stood that cannot be kept."""

    message: str


AnyValue = JsonValue | UnfitNumber
_REGARDED = (str, dict, list, UnfitNumber)
_Keys = tuple[str | int, ...]


def refuse_unfit(value: AnyValue) -> None:
    """Raise `InvalidRequestError` where anything in a value cannot be kept."""
    if faults := faults_of(value):
        raise unfit(faults)


def unfit(faults: Sequence[Fault]) -> InvalidRequestError:
    return InvalidRequestError(summary_of(faults), faults=faults)


def faults_of(value: AnyValue) -> list[Fault]:
    """Return what cannot be kept, of many things the first.

    Keys are as long as a body, and each place repeats them: without bounds an answer could be ten thousand times as
    long as what it answers.
    """
    found = zip(_found(value, ()), range(MAX_FAULTS), strict=False)
    return [Fault(_UNKEPT.sub("\ufffd", place_of(keys)), message) for (keys, message), _ in found]


def _found(value: AnyValue, keys: _Keys) -> Iterator[tuple[_Keys, str]]:
    if isinstance(value, str):
        yield from ((keys, message) for message in _of_text(value))
    elif isinstance(value, UnfitNumber):
        yield keys, value.message
    else:
        for key, inner in _entries(value):
            if isinstance(key, str):
                yield from ((keys, message) for message in _of_text(key))
            if isinstance(inner, _REGARDED):
                yield from _found(inner, (*keys, key))


def _entries(value: AnyValue) -> Iterable[tuple[str | int, AnyValue]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _of_text(text: str) -> Iterator[str]:
    if "\0" in text:
        yield _NUL
    if _SURROGATE.search(text):
        yield _HALF
