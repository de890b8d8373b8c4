"""Rules about whether a field must be there, and about when its other rules count."""

from collections.abc import Callable, Mapping

from app.graph.field_rules.equality import one_of
from app.graph.field_rules.field import Field, is_missing
from app.graph.field_rules.names import Name
from app.graph.field_rules.rule import Check, Parameters, Rule
from app.graph.field_rules.walk import Place

NULLABLE, SOMETIMES, BAIL = "nullable", "sometimes", "bail"
_REQUIRED = "is required"


def _marker(parameters: Parameters) -> Check:
    """Bind a rule that never fails: what it means is done where rules are held against a field."""
    parameters.none()
    return lambda _: None


def _required(parameters: Parameters) -> Check:
    parameters.none()
    return _demand


def _demand(field: Field) -> str | None:
    return _REQUIRED if is_missing(field.place) else None


def _filled(parameters: Parameters) -> Check:
    parameters.none()
    return lambda field: "must not be empty" if field.place.is_there and is_missing(field.place) else None


def _present(parameters: Parameters) -> Check:
    parameters.none()
    return lambda field: None if field.place.is_there else "must be there, though it may be empty"


def _by_value(demands: Callable[[Place, bool], bool]) -> Callable[[Parameters], Check]:
    """Return the binding of a rule that looks at another field, and whether it has one of some values."""

    def bind(parameters: Parameters) -> Check:
        written, *values = parameters.texts(least=2)
        name, is_one = Parameters([written]).name(), one_of(values)

        def check(field: Field) -> str | None:
            other = field.other(name)
            return _demand(field) if demands(other, is_one(other.value)) else None

        return check

    return bind


def _by_presence(demands: Callable[[list[bool]], bool]) -> Callable[[Parameters], Check]:
    """Return the binding of a rule that looks at whether other fields hold something."""

    def bind(parameters: Parameters) -> Check:
        names: tuple[Name, ...] = parameters.names()

        def check(field: Field) -> str | None:
            return _demand(field) if demands([not is_missing(field.other(name)) for name in names]) else None

        return check

    return bind


PRESENCE_RULES: Mapping[str, Rule] = {
    "required": Rule(_required, "required", is_implicit=True),
    "required_if": Rule(
        _by_value(lambda other, is_one: other.is_there and is_one), "required_if:field,value,…", is_implicit=True
    ),
    "required_unless": Rule(_by_value(lambda _, is_one: not is_one), "required_unless:field,value,…", is_implicit=True),
    "required_with": Rule(_by_presence(any), "required_with:field,…", is_implicit=True),
    "required_with_all": Rule(_by_presence(all), "required_with_all:field,…", is_implicit=True),
    "required_without": Rule(_by_presence(lambda held: not all(held)), "required_without:field,…", is_implicit=True),
    "required_without_all": Rule(
        _by_presence(lambda held: not any(held)), "required_without_all:field,…", is_implicit=True
    ),
    "filled": Rule(_filled, "filled", is_implicit=True),
    "present": Rule(_present, "present", is_implicit=True),
    NULLABLE: Rule(_marker, NULLABLE),
    SOMETIMES: Rule(_marker, SOMETIMES),
    BAIL: Rule(_marker, BAIL),
}
