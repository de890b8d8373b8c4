"""Warns of keys that are no settings but look as if they were meant as some: they are kept, and do nothing."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import NamedTuple

from pydantic import BaseModel

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue, Severity
from app.graph.model import NodeSpec
from app.graph.validation.subject import Subject

_LIKENESS = 0.65  # `retries` and `retry`, `header` and `headers`; not `label` and `value`
_KEY_CHARACTERS = 40
_MOST_KEYS = 1_000  # of a definition: comparing so many takes some 0.1 s
_COMPONENT = "componentId"
_EDITORS_OWN = frozenset({"id", "key", "name", "label", "description", "comment", "note", "notes"})


class _Stranger(NamedTuple):
    """A key that is no setting. `prefix` is the way to its object, empty for the node's own `data`."""

    prefix: str
    key: str
    settings: Sequence[str]  # that its object has
    unset: Sequence[str]  # those of them that are not written


def no_key_is_misspelt(subject: Subject) -> Iterator[Issue]:
    """Warn of what is like a setting's name, and within the objects of settings of all that is unknown there."""
    strangers = (
        (subject.specs[node_id], stranger)
        for node_id, node in subject.nodes.items()
        for stranger in _strangers(node.base_settings, subject.specs[node_id].data)
    )
    for spec, stranger in islice(strangers, _MOST_KEYS):
        meant = _meant(stranger)
        if meant:
            yield _issue(spec, f"{stranger.prefix}{stranger.key}", meant)


def _issue(spec: NodeSpec, place: str, meant: str) -> Issue:
    message = f'"{place}" of {spec.id} is no setting of {spec.component_id}, so it does nothing; {meant}.'
    return Issue(f"{spec.path}.data.{place}", message, spec.id, Severity.WARNING)


def _meant(stranger: _Stranger) -> str:
    if stranger.prefix:
        return f"there are {', '.join(stranger.settings)}"
    like = get_close_matches(stranger.key, stranger.unset, 1, _LIKENESS)
    begun = [name for name in stranger.unset if name.startswith(f"{stranger.key}_")]
    return "".join(f'"{name}" is one' for name in [*begun, *like][:1])


def _strangers(settings: BaseModel, data: JsonObject) -> Iterator[_Stranger]:
    yield from _unknown("", settings, data)
    for prefix, inner, given in _within("", settings, data):
        for stranger in _unknown(prefix, inner, given):
            if stranger.key not in _EDITORS_OWN and not stranger.key.startswith("_"):
                yield stranger


def _unknown(prefix: str, settings: BaseModel, data: JsonObject) -> Iterator[_Stranger]:
    names = _names(settings)
    unset = [name for name in names if name not in data]
    keys = (key for key in data if key not in names and key != _COMPONENT and len(key) <= _KEY_CHARACTERS)
    return (_Stranger(prefix, key, names, unset) for key in keys)


def _names(settings: BaseModel) -> list[str]:
    return [field.alias or name for name, field in type(settings).model_fields.items()]


def _within(prefix: str, settings: BaseModel, data: JsonObject) -> Iterator[tuple[str, BaseModel, JsonObject]]:
    """Give the objects within settings beside what was written for them, at whatever depth, with the way to them."""
    for name, field in type(settings).model_fields.items():
        posted = field.alias or name
        for place, inner, given in _pairs(getattr(settings, name), data.get(posted)):
            path = f"{prefix}{posted}{place}."
            yield path, inner, given
            yield from _within(path, inner, given)


def _pairs(read: object, written: JsonValue) -> Iterator[tuple[str, BaseModel, JsonObject]]:
    """Give what was read of an object, or of the entries of a list, where it was written as it is read."""
    if isinstance(read, BaseModel) and isinstance(written, Mapping):
        yield "", read, written
    if isinstance(read, tuple) and isinstance(written, list) and len(read) == len(written):
        for index, (inner, given) in enumerate(zip(read, written, strict=True)):
            yield from ((f"[{index}]{place}", found, entry) for place, found, entry in _pairs(inner, given))
