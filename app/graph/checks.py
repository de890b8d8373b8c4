"""Operators and values as settings write them down, checked as far as they are known before a run."""

from app.graph.conditions import OPERATORS
from app.graph.errors import PermanentError
from app.graph.kinds import cut
from app.graph.template import ValueTemplate


def checked_operator(kind: str, name: str) -> str:
    """Return the operator's name. Raises `ValueError` where the type has no such operator."""
    if name in OPERATORS[kind]:
        return name
    names = ", ".join(OPERATORS[kind])
    raise ValueError(f'"{cut(name)}" is no operator for {"an" if kind == "array" else "a"} {kind}; there are: {names}.')


def checked_value(kind: str, name: str, value: ValueTemplate) -> ValueTemplate:
    """Return the value. Raises `ValueError` where the operator needs one and it is missing, or can never be right."""
    operator = OPERATORS[kind][name]
    if operator.takes_value and value.source is None:
        raise ValueError(f'"value" is required: the operator {name} compares the input with it.')
    if operator.takes_value and operator.check and value.is_static:
        try:
            operator.check(value.source)
        except PermanentError as error:
            raise ValueError(error.message) from None
    return value
