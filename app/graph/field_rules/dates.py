"""Rules about dates. What "now" and "today" mean is the step's moment, so that a repeated attempt agrees."""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from app.core.json import JsonValue
from app.graph.date_operators import date_of
from app.graph.errors import PermanentError
from app.graph.field_rules.date_format import DateFormat
from app.graph.field_rules.field import Field
from app.graph.field_rules.names import Name
from app.graph.field_rules.rule import Check, Parameters, Rule, WrongParametersError, plain
from app.graph.kinds import shown
from app.graph.operator import Options

_DAYS_FROM_TODAY = {"yesterday": -1, "today": 0, "tomorrow": 1}
_NO_DATE = re.compile(r"[0-9]*|now|today", re.IGNORECASE)  # a count of seconds, or relative
_FIELD = re.compile(r"[^\W\d][\w.*$-]*")

Compare = Callable[[datetime, datetime], bool]


def date_in(value: JsonValue) -> datetime | None:
    """Return the moment that a text names, in UTC where it names no zone; None where it names none by itself."""
    if not isinstance(value, str) or _NO_DATE.fullmatch(value.strip()):
        return None
    return _moment(value)


def _moment(value: JsonValue, now: JsonValue = None) -> datetime | None:
    try:
        return date_of("", value, Options(now=now))
    except PermanentError:
        return None


def _is_date(value: JsonValue) -> bool:
    return date_in(value) is not None


def _compared(compare: Compare, wanted: str) -> Callable[[Parameters], Check]:
    """Return the binding of a rule that compares with a date, now, today, tomorrow, yesterday, or another field."""

    def bind(parameters: Parameters) -> Check:
        written = parameters.texts(1, 1)[0]
        return partial(_check, compare, wanted, written, _name_in(written))

    return bind


def _name_in(written: str) -> Name | None:
    """Return the name of the field that a parameter means; None where it is a date."""
    if written in _DAYS_FROM_TODAY or written == "now" or date_in(written):
        return None
    if not _FIELD.fullmatch(written):
        raise WrongParametersError
    return Parameters([written]).name()


def _check(compare: Compare, wanted: str, written: str, name: Name | None, field: Field) -> str | None:
    moment = _read(field, field.value)
    bound = _read(field, field.other(name).value) if name else _bound(field, written)
    if moment is not None and bound is not None and compare(moment, bound):
        return None
    return f"must be a date {wanted} {written}; it is {shown(field.value)}"


def _read(field: Field, value: JsonValue) -> datetime | None:
    return field.read_date(value) if field.read_date else date_in(value)


def _bound(field: Field, written: str) -> datetime | None:
    if written != "now" and written not in _DAYS_FROM_TODAY:
        return _read(field, written) or date_in(written)
    now = _moment("now", field.around.now)
    if written == "now" or now is None:
        return now
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=_DAYS_FROM_TODAY[written])


def _date_format(parameters: Parameters) -> Check:
    try:
        return DateFormat(parameters.texts())
    except ValueError as error:
        raise WrongParametersError(str(error)) from None


DATE_RULES: Mapping[str, Rule] = {
    "date": plain(_is_date, "a date", "date"),
    "date_format": Rule(_date_format, "date_format:Y-m-d, in the letters of PHP"),
    "date_equals": Rule(_compared(operator.eq, "equal to"), "date_equals:date or field"),
    "before": Rule(_compared(operator.lt, "before"), "before:date or field"),
    "before_or_equal": Rule(_compared(operator.le, "not after"), "before_or_equal:date or field"),
    "after": Rule(_compared(operator.gt, "after"), "after:date or field"),
    "after_or_equal": Rule(_compared(operator.ge, "not before"), "after_or_equal:date or field"),
}
