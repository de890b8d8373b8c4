"""YAML read as JSON with less punctuation: no tags, no aliases, no guesses at what a plain word might mean.

Values are built from the parser's events, so that nothing in a file can make an object, or many out of few.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Never

import yaml
from yaml import events

from app.core.json import JsonValue
from app.http.json_body import MAX_DEPTH

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # twenty times as fast, where the library was built with it
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
FLOAT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|nan)", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?", re.ASCII)
_DIGITS = 20  # of the longest integer that 64 bits hold


class UnfitYamlError(Exception):
    """Says what a file may not have, and in which line."""


@dataclass(slots=True)
class _Open:
    """A list or a mapping whose end has not come yet."""

    items: list[JsonValue] = field(default_factory=list)
    pairs: dict[str, JsonValue] | None = None  # None: it is a list
    key: str | None = None


def documents(text: str) -> Iterator[JsonValue]:
    """Yield the value of each document. Raises `UnfitYamlError`."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if builder.take(event):
                yield builder.result
    except yaml.MarkedYAMLError as error:
        place = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UnfitYamlError(f"is not valid YAML: {error.problem}{place}") from None
    except yaml.YAMLError as error:
        raise UnfitYamlError(f"is not valid YAML: {str(error).splitlines()[0]}") from None


class _Builder:
    """Puts one value together at a time."""

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self.result: JsonValue = None

    def take(self, event: events.Event) -> bool:
        """Go on with one event; return whether a document is complete, whose value is `result` then."""
        if isinstance(event, events.NodeEvent):
            _refuse_reference(event)
            self._begin(event)
        elif isinstance(event, events.CollectionEndEvent):
            done = self._open.pop()
            self._put(done.items if done.pairs is None else done.pairs, event)
        return isinstance(event, events.DocumentEndEvent)

    def _begin(self, event: events.NodeEvent) -> None:
        if isinstance(event, events.ScalarEvent):
            self._put(_scalar(event), event)
            return
        if len(self._open) >= MAX_DEPTH:
            _refuse(event, f"more than {MAX_DEPTH} levels of nesting")
        is_list = isinstance(event, events.SequenceStartEvent)
        self._open.append(_Open() if is_list else _Open(pairs={}))

    def _put(self, value: JsonValue, event: events.Event) -> None:
        if not self._open:
            self.result = value
            return
        inside = self._open[-1]
        if inside.pairs is None:
            inside.items.append(value)
        elif inside.key is None:
            inside.key = _checked_key(inside.pairs, value, event)
        else:
            inside.pairs[inside.key] = value
            inside.key = None


def _checked_key(pairs: dict[str, JsonValue], value: JsonValue, event: events.Event) -> str:
    if not isinstance(value, str):
        _refuse(event, "a key that is no text: put it in quotes")
    if value in pairs:
        _refuse(event, f'the key "{value[:100]}" twice')
    return value


def _scalar(event: events.ScalarEvent) -> JsonValue:
    text: str = event.value
    if not event.implicit[0]:  # in quotes, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if INTEGER.fullmatch(text):
        return _integer(event, text)
    if FLOAT.fullmatch(text):
        return _float(event, text)
    if _NO_NUMBER.fullmatch(text):
        _refuse(event, f"{text}, which JSON has no number for")
    if _DATE.fullmatch(text):
        _refuse(event, f"{text[:40]}, which others take for a date: put it in quotes")
    return text


def _integer(event: events.Event, text: str) -> int:
    if len(text) > _DIGITS:
        _refuse(event, "an integer that does not fit into 64 bits: put it in quotes")
    return int(text)


def _float(event: events.Event, text: str) -> float:
    number = float(text)
    if math.isinf(number):
        _refuse(event, "a number that is too large")
    return number


def _refuse_reference(event: events.NodeEvent) -> None:
    if isinstance(event, events.AliasEvent) or event.anchor is not None:
        _refuse(event, f"the anchor or alias {event.anchor}: write out what it stands for, or put it in quotes")
    tag = getattr(event, "tag", None)
    if tag is not None and tag != "!":  # the C parser marks quoted text so
        _refuse(event, f"the tag {tag}: values have none, what begins with ! needs quotes")


def _refuse(event: events.Event, what: str) -> Never:
    place = f", line {event.start_mark.line + 1}" if event.start_mark else ""
    raise UnfitYamlError(f"has {what}{place}")
