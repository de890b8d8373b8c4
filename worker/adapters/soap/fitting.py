"""Whether a payload fits the parameters of an operation. zeep lets much pass that a service cannot understand."""

from collections.abc import Mapping
from typing import Any

from zeep.xsd import ComplexType, Element
from zeep.xsd.types.builtins import BuiltinType

from app.core.json import JsonValue
from app.graph.kinds import shown

_SHOWN_NAMES = 20
_OF_ZEEP = "_"  # begins names for what has none: `_value_1`, `_attr_1`


def check_fit(element: Any, payload: JsonValue) -> None:
    """Raise `ValueError` for a value that does not fit, with its place. What is missing zeep finds out itself."""
    _check_one(element, payload, "")


def _check(element: Any, value: JsonValue, place: str) -> None:
    if isinstance(value, list | tuple) and element.accepts_multiple:
        for index, item in enumerate(value):
            _check_one(element, item, f"{place}[{index}]")
    else:
        _check_one(element, value, place)


def _check_one(element: Any, value: JsonValue, place: str) -> None:
    if value is None:
        return
    if isinstance(element.type, BuiltinType):
        _check_single(element.type, value, place)
    elif isinstance(element.type, ComplexType) and _has_names(element.type):
        _check_object(element.type, value, place)


def _check_single(kind: Any, value: JsonValue, place: str) -> None:
    if isinstance(value, Mapping | list | tuple) or not _can_be_read(kind, value):
        raise ValueError(f"{place} must be xsd:{kind.qname.localname}; it is {shown(value)}")


def _can_be_read(kind: Any, value: JsonValue) -> bool:
    """Say whether what is written for a value is one of its type."""
    try:
        kind.pythonvalue(kind.xmlvalue(value))
    except (ValueError, TypeError, ArithmeticError):
        return False
    except NotImplementedError:  # a type that zeep cannot read, but write
        return True
    return True


def _check_object(kind: Any, value: JsonValue, place: str) -> None:
    if not isinstance(value, Mapping):
        raise ValueError(f"{place} must be an object; it is {shown(value)}")  # noqa: TRY004 -- a wrong value of JSON
    parts = {name: part for name, part in kind.elements if isinstance(part, Element)}
    known = [*parts, *(name for name, _ in kind.attributes)]
    for name, inner in value.items():
        if name in parts:
            _check(parts[name], inner, f"{place}.{name}".lstrip("."))
        elif name not in known and not name.startswith(_OF_ZEEP):
            names = ", ".join(str(one) for one in known[:_SHOWN_NAMES])
            raise ValueError(f'{place or "it"} has no "{name}"; there are: {names}')


def _has_names(kind: Any) -> bool:
    return any(not name.startswith(_OF_ZEEP) for name, _ in kind.elements)
