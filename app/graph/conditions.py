"""The one evaluator of conditions: what each operator of each type says about an input and a value."""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial

from app.core.json import JsonValue
from app.graph.array_operators import ARRAY_OPERATORS
from app.graph.date_operators import DATE_OPERATORS
from app.graph.errors import PermanentError
from app.graph.operands import is_blank, list_of, number_of, text_of, truth_of
from app.graph.operator import INPUT, VALUE, Operator, Options
from app.graph.patterns import compile_pattern, is_found


def holds(kind: str, name: str, given: JsonValue, value: JsonValue, options: Options) -> bool:
    """Say whether the operator `name` of `kind` holds. Raises `PermanentError` for an operand of the wrong kind."""
    return OPERATORS[kind][name].holds(given, value, options)


def _compare_texts(compare: Callable[[str, str], bool], given: JsonValue, value: JsonValue, options: Options) -> bool:
    return compare(options.cased(given), options.cased(value))


def _matches(given: JsonValue, value: JsonValue, options: Options) -> bool:
    pattern = compile_pattern(text_of(value), case_sensitive=options.case_sensitive)
    return is_found(pattern, text_of(given))


def _is_listed(given: JsonValue, value: JsonValue, options: Options) -> bool:
    return options.cased(given) in {options.cased(item) for item in list_of(VALUE, value)}


def _compare_numbers(
    compare: Callable[[Decimal, Decimal], bool], given: JsonValue, value: JsonValue, _: Options
) -> bool:
    return compare(number_of(INPUT, given), number_of(VALUE, value))


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


def _is_blank(given: JsonValue, _value: JsonValue, _: Options) -> bool:
    return is_blank(given)


def _is_not_blank(given: JsonValue, _value: JsonValue, _: Options) -> bool:
    return not is_blank(given)


def _is_true(given: JsonValue, _value: JsonValue, _: Options) -> bool:
    return truth_of(INPUT, given)


def _is_false(given: JsonValue, _value: JsonValue, _: Options) -> bool:
    return not truth_of(INPUT, given)


def _contains_not(given: str, value: str) -> bool:
    return value not in given


def _check_pattern(value: JsonValue) -> object:
    return compile_pattern(text_of(value))


_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "equals": operator.eq,
    "not_equals": operator.ne,
    "contains": operator.contains,
    "not_contains": _contains_not,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
_NUMBERS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "equals": operator.eq,
    "not_equals": operator.ne,
    "greater_than": operator.gt,
    "greater_than_or_equal": operator.ge,
    "less_than": operator.lt,
    "less_than_or_equal": operator.le,
}
OPERATORS: Mapping[str, Mapping[str, Operator]] = {
    "string": {
        **{name: Operator(partial(_compare_texts, compare)) for name, compare in _TEXTS.items()},
        "regex": Operator(_matches, check=_check_pattern, is_slow=True),
        "is_empty": Operator(_is_blank, takes_value=False),
        "is_not_empty": Operator(_is_not_blank, takes_value=False),
        "in": Operator(_is_listed, check=partial(list_of, VALUE)),
    },
    "number": {
        **{
            name: Operator(partial(_compare_numbers, compare), check=partial(number_of, VALUE))
            for name, compare in _NUMBERS.items()
        },
        "between": Operator(_is_between, check=_bounds),
        "is_integer": Operator(_is_integer, takes_value=False),
    },
    "boolean": {
        "is_true": Operator(_is_true, takes_value=False),
        "is_false": Operator(_is_false, takes_value=False),
    },
    "date": DATE_OPERATORS,
    "array": ARRAY_OPERATORS,
}
