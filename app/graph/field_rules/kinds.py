"""Rules about what kind of value a field holds."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.field_rules.field import Field
from app.graph.field_rules.rule import Check, Parameters, Rule, expecting, plain
from app.graph.kinds import shown
from app.graph.operands import number_of

INTEGER, NUMERIC = "integer", "numeric"
_WHOLE = re.compile(r"\s*[+-]?(0|[1-9][0-9]*)\s*", re.ASCII)


def as_number(value: JsonValue) -> Decimal | None:
    """Return the number that a value is, or that a text writes down; None where it is none."""
    try:
        return number_of("", value)
    except PermanentError:
        return None


def is_list(value: JsonValue) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_string(value: JsonValue) -> bool:
    return isinstance(value, str)


def _is_integer(value: JsonValue) -> bool:
    match value:
        case str():
            return _WHOLE.fullmatch(value) is not None
        case float():
            return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _is_numeric(value: JsonValue) -> bool:
    return as_number(value) is not None


def _is_boolean(value: JsonValue) -> bool:
    return isinstance(value, bool) or value in (0, 1, "0", "1")


def _is_object(value: JsonValue) -> bool:
    return isinstance(value, Mapping)


def _is_array(value: JsonValue) -> bool:
    return is_list(value) or _is_object(value)


def _array(parameters: Parameters) -> Check:
    """Bind `array`, which is a list or an object, as PHP's are, and with keys an object that has no others."""
    if parameters.given is None:
        return expecting(_is_array, "a list or an object")
    keys = frozenset(parameters.texts())
    listed = ", ".join(sorted(keys))

    def check(field: Field) -> str | None:
        if not isinstance(field.value, Mapping):
            return f"must be an object; it is {shown(field.value)}"
        return None if field.value.keys() <= keys else f"must have no other keys than {listed}"

    return check


KIND_RULES: Mapping[str, Rule] = {
    "string": plain(_is_string, "a text", "string"),
    INTEGER: plain(_is_integer, "a whole number", INTEGER),
    NUMERIC: plain(_is_numeric, "a number", NUMERIC),
    "boolean": plain(_is_boolean, "true or false", "boolean"),
    "array": Rule(_array, "array, or array:key,… for an object with no other keys"),
    "list": plain(is_list, "a list", "list"),
    "object": plain(_is_object, "an object", "object"),
}
