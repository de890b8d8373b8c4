"""Rules about which values a field may have, by a list or by other fields."""

from collections.abc import Callable, Mapping

from app.core.json import JsonValue
from app.graph.field_rules.equality import ignoring_case, loosely, one_of, strictly
from app.graph.field_rules.field import Field, Identify
from app.graph.field_rules.names import EACH, Name
from app.graph.field_rules.rule import Check, Parameters, Rule, WrongParametersError, expecting
from app.graph.field_rules.walk import Place
from app.graph.kinds import shown

_SHOWN_CHARACTERS = 100
_SAMENESS: Mapping[str | None, Identify] = {None: loosely, "strict": strictly, "ignore_case": ignoring_case}
_ACCEPTED = one_of(["yes", "on", "1", "true"])
_DECLINED = one_of(["no", "off", "0", "false"])


def _in(parameters: Parameters) -> Check:
    values = parameters.texts()
    is_one = one_of(values)
    return expecting(lambda value: all(map(is_one, _entries(value))), f"one of {_listed(values)}")


def _not_in(parameters: Parameters) -> Check:
    values = parameters.texts()
    is_one = one_of(values)
    return expecting(lambda value: not any(map(is_one, _entries(value))), f"none of {_listed(values)}")


def _entries(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else [value]


def _listed(values: tuple[str, ...]) -> str:
    listed = ", ".join(values)
    return listed if len(listed) <= _SHOWN_CHARACTERS else f"{listed[:_SHOWN_CHARACTERS]}…"


def _same(parameters: Parameters) -> Check:
    name = parameters.name()
    return _as_another(lambda _: name, parameters.text())


def _confirmed(parameters: Parameters) -> Check:
    """Bind `confirmed`: the same stands in a field of this one's name with `_confirmation` behind it."""
    if parameters.given is None:
        return _as_another(_confirmation, "its confirmation")
    return _same(parameters)


def _confirmation(field: Field) -> Name:
    return (*field.name[:-1], f"{field.place.keys[-1]}_confirmation")


def _as_another(other_name: Callable[[Field], Name], written: str) -> Check:
    def check(field: Field) -> str | None:
        other = field.other(other_name(field))
        return None if strictly(field.value) == strictly(other.value) else f"must be the same as {written}"

    return check


def _different(parameters: Parameters) -> Check:
    names, written = parameters.names(), parameters.text()

    def check(field: Field) -> str | None:
        others: list[Place] = [field.other(name) for name in names]
        own = strictly(field.value)
        is_same = any(other.is_there and strictly(other.value) == own for other in others)
        return f"must be different from {written}" if is_same else None

    return check


def _distinct(parameters: Parameters) -> Check:
    """Bind `distinct`: of a name with stars no two fields, else of a list no two entries are the same."""
    way = None if parameters.given is None else parameters.text()
    if way not in _SAMENESS:
        raise WrongParametersError
    identify = _SAMENESS[way]

    def check(field: Field) -> str | None:
        if EACH in field.name:
            is_repeated = field.occurrences(identify) > 1
            return f"must not be there twice; it is {shown(field.value)}" if is_repeated else None
        entries = [identify(entry) for entry in _entries(field.value)]
        return None if len(entries) == len(set(entries)) else "must not hold the same twice"

    return check


def _plain(test: Callable[[JsonValue], bool], expected: str, name: str) -> Rule:
    def bind(parameters: Parameters) -> Check:
        parameters.none()
        return expecting(test, expected)

    return Rule(bind, name, is_implicit=True)


CHOICE_RULES: Mapping[str, Rule] = {
    "in": Rule(_in, "in:value,…"),
    "not_in": Rule(_not_in, "not_in:value,…"),
    "same": Rule(_same, "same:field"),
    "different": Rule(_different, "different:field,…"),
    "confirmed": Rule(_confirmed, "confirmed, or confirmed:field"),
    "distinct": Rule(_distinct, "distinct, distinct:strict or distinct:ignore_case"),
    "accepted": _plain(_ACCEPTED, "accepted: true, yes, on or 1", "accepted"),
    "declined": _plain(_DECLINED, "declined: false, no, off or 0", "declined"),
}
