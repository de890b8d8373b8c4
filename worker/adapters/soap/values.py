"""What a service answers, as JSON: numbers that survive, and texts for all that JSON has no word for."""

import base64
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol, runtime_checkable

from zeep.xsd import CompoundValue
from zeep.xsd.types.builtins import Duration
from zeep.xsd.valueobjects import AnyObject

from app.core.json import JsonValue

_LEAST_INTEGER, _GREATEST_INTEGER = -(2**63), 2**64 - 1
_DURATION = Duration()
_DURATIONS = tuple(kind for kind in Duration.accepted_types if kind is not str)


@runtime_checkable
class XmlElement(Protocol):
    """An element of lxml."""

    tag: str
    text: str | None
    attrib: Mapping[str, str]

    def __iter__(self) -> Iterator["XmlElement"]: ...


def json_of(value: object) -> JsonValue:
    """Return a value of zeep's as JSON. Decimals and long integers are texts with all of their digits."""
    match value:
        case None | bool() | str():
            return value
        case CompoundValue():
            return {str(name): json_of(value[name]) for name in value}
        case Mapping():
            return {str(name): json_of(inner) for name, inner in value.items()}
        case list() | tuple():
            return [json_of(inner) for inner in value]
        case AnyObject():
            return json_of(value.value)
    return element_value(value) if isinstance(value, XmlElement) else _single(value)


def _single(value: object) -> JsonValue:
    match value:
        case int() if _LEAST_INTEGER <= value <= _GREATEST_INTEGER:
            return value
        case float():
            return value if math.isfinite(value) else str(value).upper()
        case Decimal():
            return f"{value:f}"
        case date() | datetime() | time():
            return value.isoformat().replace("+00:00", "Z")
        case bytes():
            return base64.b64encode(value).decode()
    return str(_DURATION.xmlvalue(value)) if isinstance(value, _DURATIONS) else str(value)


def element_value(element: XmlElement) -> JsonValue:
    """Return an element that no schema describes: its text, or an object of its attributes (`@name`) and children."""
    children = _by_name(child for child in element if isinstance(child.tag, str))
    attributes: dict[str, JsonValue] = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    text = (element.text or "").strip()
    if not children and not attributes:
        return text or None
    return {**attributes, **({"#text": text} if text else {}), **children}


def _by_name(children: Iterable[XmlElement]) -> dict[str, JsonValue]:
    found: dict[str, list[JsonValue]] = {}
    for child in children:
        found.setdefault(_local(child.tag), []).append(element_value(child))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
