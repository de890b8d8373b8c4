"""How filters read what they are given."""

from collections.abc import Mapping

from app.graph.template import limits
from app.graph.template.faults import RefusedError
from app.graph.template.values import flattened, parse_number


def elements(value: object, name: str, most: int = limits.SEQUENCE_LENGTH) -> list[object]:
    """Return the elements of a list; anything else counts as a list of itself, what is missing as an empty one."""
    flat = flattened(value, most)
    if flat is None:
        raise RefusedError(f"`{name}` takes a list of at most {most} elements.")
    return flat


def whole(value: object, default: int, name: str) -> int:
    """Return a whole number, also where it comes as text; what is missing is the default."""
    if value is None:
        return default
    number = parse_number(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or number != int(number):
        raise RefusedError(f"`{name}` needs a whole number here.")
    return int(number)


def scalar(value: object, name: str) -> bool | int | float | str | None:
    """Return what can be compared, or used as a name, in no time. Refuses objects and lists."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise RefusedError(f"`{name}` works here with text, numbers, true and false, not with objects or lists.")


def property_of(item: object, key: object) -> object:
    """Return a property of an object; None where there is none, and of what is no object."""
    return item.get(key) if isinstance(item, Mapping) else None
