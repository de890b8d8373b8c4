"""The operators of arrays. What `any` and `all` hold against each item is a rule, which `rules` does."""

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial

import orjson

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.graph.kinds import shown
from app.graph.operands import number_of, text_of
from app.graph.operator import INPUT, VALUE, Operator, Options


def array_of(setting: str, value: JsonValue) -> Sequence[JsonValue]:
    """Return an array. Raises `PermanentError` for everything else, texts with commas included."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    raise PermanentError(f'"{setting}" must be an array; it is {shown(value)}.')


def _has(given: JsonValue, value: JsonValue, _: Options) -> bool:
    wanted = identity(value)
    return any(_is_one_number(item, value) or identity(item) == wanted for item in array_of(INPUT, given))


def _is_one_number(item: JsonValue, value: JsonValue) -> bool:
    """Say whether both are numbers, and equal, however they are written: 2 is 2.0."""
    numbers = [one for one in (item, value) if isinstance(one, int | float) and not isinstance(one, bool)]
    return len(numbers) == 2 and numbers[0] == numbers[1]


def _has_not(given: JsonValue, value: JsonValue, options: Options) -> bool:
    return not _has(given, value, options)


def identity(value: JsonValue) -> str:
    """Return what equal items have in common: their text, as with texts; of objects whatever the order of keys."""
    if not isinstance(value, Mapping | list):
        return text_of(value)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError as error:
        raise PermanentError(f"An item cannot be compared: {error}.") from None


def _is_empty(given: JsonValue, _value: JsonValue, _: Options) -> bool:
    return not array_of(INPUT, given)


def _is_not_empty(given: JsonValue, _value: JsonValue, _: Options) -> bool:
    return bool(array_of(INPUT, given))


def _compare_length(
    compare: Callable[[Decimal, Decimal], bool], given: JsonValue, value: JsonValue, _: Options
) -> bool:
    return compare(Decimal(len(array_of(INPUT, given))), number_of(VALUE, value))


def _hold_a_rule(_given: JsonValue, _value: JsonValue, _: Options) -> bool:
    raise PermanentError("The operators any and all hold a rule against each item; there is none here.")


_LENGTHS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "length_equals": operator.eq,
    "length_greater_than": operator.gt,
    "length_less_than": operator.lt,
}
ARRAY_OPERATORS: Mapping[str, Operator] = {
    "contains": Operator(_has),
    "not_contains": Operator(_has_not),
    "is_empty": Operator(_is_empty, takes_value=False),
    "is_not_empty": Operator(_is_not_empty, takes_value=False),
    **{
        name: Operator(partial(_compare_length, compare), check=partial(number_of, VALUE))
        for name, compare in _LENGTHS.items()
    },
    "any": Operator(_hold_a_rule, quantifier=any, is_slow=True),
    "all": Operator(_hold_a_rule, quantifier=all, is_slow=True),
}
