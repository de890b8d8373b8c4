"""The one evaluator of conditions: what each operator of each type says about an input and a value."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.operands import is_blank, list_of, number_of, text_of, truth_of
from app.graph.patterns import compile_pattern, is_found

INPUT, VALUE = "input", "value"  # the settings, as messages name them


@dataclass(frozen=True, slots=True)
class Options:
    case_sensitive: bool = True

    def cased(self, value: JsonValue) -> str:
        return text_of(value) if self.case_sensitive else text_of(value).casefold()


@dataclass(frozen=True, slots=True)
class Operator:
    holds: Callable[[JsonValue, JsonValue, Options], bool]  # of input and value; raises `PermanentError`
    check: Callable[[JsonValue], object] | None = None  # raises `PermanentError` for a value that can never be right
    takes_value: bool = True
    is_slow: bool = False  # may take a tenth of a second: not for the event loop


def holds(kind: str, name: str, given: JsonValue, value: JsonValue, options: Options) -> bool:
    """Say whether the operator `name` of `kind` holds. Raises `PermanentError` for an operand of the wrong kind."""
    return OPERATORS[kind][name].holds(given, value, options)


def _on_texts(compare: Callable[[str, str], bool]) -> Operator:
    return Operator(lambda given, value, options: compare(options.cased(given), options.cased(value)))


def _matches(given: JsonValue, value: JsonValue, options: Options) -> bool:
    pattern = compile_pattern(text_of(value), case_sensitive=options.case_sensitive)
    return is_found(pattern, text_of(given))


def _is_listed(given: JsonValue, value: JsonValue, options: Options) -> bool:
    return options.cased(given) in {options.cased(item) for item in list_of(VALUE, value)}


def _on_numbers(compare: Callable[[Decimal, Decimal], bool]) -> Operator:
    return Operator(
        lambda given, value, _: compare(number_of(INPUT, given), number_of(VALUE, value)),
        check=lambda value: number_of(VALUE, value),
    )


def _bounds(value: JsonValue) -> tuple[Decimal, Decimal]:
    bounds = [number_of(VALUE, bound) for bound in list_of(VALUE, value)]
    if len(bounds) != 2 or bounds[0] > bounds[1]:
        raise PermanentError(f'"{VALUE}" of between must be two numbers, the smaller one first, such as [1, 10].')
    return bounds[0], bounds[1]


def _is_between(given: JsonValue, value: JsonValue, _: Options) -> bool:
    least, greatest = _bounds(value)
    return least <= number_of(INPUT, given) <= greatest


def _is_integer(given: JsonValue, _value: JsonValue, _: Options) -> bool:
    number = number_of(INPUT, given)
    return number == number.to_integral_value()


_STRING = {
    "equals": _on_texts(operator.eq),
    "not_equals": _on_texts(operator.ne),
    "contains": _on_texts(operator.contains),
    "not_contains": _on_texts(lambda given, value: value not in given),
    "starts_with": _on_texts(str.startswith),
    "ends_with": _on_texts(str.endswith),
    "regex": Operator(_matches, check=lambda value: compile_pattern(text_of(value)), is_slow=True),
    "is_empty": Operator(lambda given, _value, _: is_blank(given), takes_value=False),
    "is_not_empty": Operator(lambda given, _value, _: not is_blank(given), takes_value=False),
    "in": Operator(_is_listed, check=lambda value: list_of(VALUE, value)),
}
_NUMBER = {
    "equals": _on_numbers(operator.eq),
    "not_equals": _on_numbers(operator.ne),
    "greater_than": _on_numbers(operator.gt),
    "greater_than_or_equal": _on_numbers(operator.ge),
    "less_than": _on_numbers(operator.lt),
    "less_than_or_equal": _on_numbers(operator.le),
    "between": Operator(_is_between, check=_bounds),
    "is_integer": Operator(_is_integer, takes_value=False),
}
_BOOLEAN = {
    "is_true": Operator(lambda given, _value, _: truth_of(INPUT, given), takes_value=False),
    "is_false": Operator(lambda given, _value, _: not truth_of(INPUT, given), takes_value=False),
}
OPERATORS: Mapping[str, Mapping[str, Operator]] = {"string": _STRING, "number": _NUMBER, "boolean": _BOOLEAN}
