"""The operators of dates. What "now" and "today" mean is the step's moment, so that a repeated attempt agrees."""

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial

from app.core.json import JsonValue
from app.graph.date_arithmetic import FIRST, LAST, is_in_range
from app.graph.errors import PermanentError
from app.graph.kinds import shown
from app.graph.operands import list_of
from app.graph.operator import INPUT, VALUE, Operator, Options
from app.graph.template.faults import RefusedError
from app.graph.template.filters.moments import moment_of, zone_of

UNITS: Mapping[str, timedelta] = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
ANY_MOMENT = Options(now=0)  # for values known before a run, where "now" only has to be a date
_WRONG_BOUNDS = f'"{VALUE}" of between must be two dates, the earlier one first.'


def span_of(amount: float, unit: str) -> timedelta:
    """Return a length of time. Raises `PermanentError` for one that is negative or past all dates."""
    try:
        if amount >= 0:
            return amount * UNITS[unit]
    except OverflowError:
        pass
    raise PermanentError(f'"amount" must be a length of time, in {unit}; it is {shown(amount)}.')


def date_of(setting: str, value: JsonValue, options: Options) -> datetime:
    """Return the moment that a value names, in UTC, be it the last day of all. Raises `PermanentError`."""
    moment = moment_of(value, options.now, options.zone)
    try:
        if moment is not None:
            return moment.astimezone(UTC)
    except OverflowError:
        pass
    raise _no_date(setting, value)


def zoned_date_of(setting: str, value: JsonValue, options: Options) -> datetime:
    """Return the moment that a value names, in the zone that it names, else in that of the options.

    Raises `PermanentError`, also for one so near to the first or the last of all that not every zone can show it.
    """
    moment = moment_of(value, options.now, options.zone)
    if moment is None:
        raise _no_date(setting, value)
    if is_in_range(moment):
        return moment
    raise PermanentError(f'"{setting}" must be a date from {FIRST.date()} to {LAST.date()}; it is {shown(value)}.')


def zone_named(name: str) -> tzinfo | None:
    """Return the zone of a name, None where it is left blank. Raises `PermanentError`."""
    try:
        return zone_of(name.strip()) if name.strip() else None
    except RefusedError as error:
        raise PermanentError(str(error.message)) from None


def _no_date(setting: str, value: JsonValue) -> PermanentError:
    return PermanentError(f'"{setting}" must be a date, such as "2026-01-15T09:30:00Z"; it is {shown(value)}.')


def _compare(
    compare: Callable[[datetime, datetime], bool], given: JsonValue, value: JsonValue, options: Options
) -> bool:
    return compare(date_of(INPUT, given, options), date_of(VALUE, value, options))


def _compare_with_now(
    compare: Callable[[datetime, datetime], bool], given: JsonValue, _value: JsonValue, options: Options
) -> bool:
    return compare(date_of(INPUT, given, options), date_of("now", options.now, options))


def _two_dates(value: JsonValue, options: Options) -> list[datetime]:
    dates = [date_of(VALUE, bound, options) for bound in list_of(VALUE, value)]
    if len(dates) == 2:
        return dates
    raise PermanentError(_WRONG_BOUNDS)


def _is_between(given: JsonValue, value: JsonValue, options: Options) -> bool:
    earliest, latest = _two_dates(value, options)
    if earliest > latest:
        raise PermanentError(_WRONG_BOUNDS)
    return earliest <= date_of(INPUT, given, options) <= latest


def _is_today(given: JsonValue, _value: JsonValue, options: Options) -> bool:
    moment, now = date_of(INPUT, given, options), date_of("now", options.now, options)
    return is_in_range(moment) and moment.astimezone(options.zone).date() == now.astimezone(options.zone).date()


def _is_within(given: JsonValue, _value: JsonValue, options: Options) -> bool:
    return abs(date_of(INPUT, given, options) - date_of("now", options.now, options)) <= options.span


def _check(value: JsonValue) -> object:
    return date_of(VALUE, value, ANY_MOMENT)


def _check_bounds(value: JsonValue) -> object:
    """Which is the earlier one can depend on the zone, and on when "now" is."""
    return _two_dates(value, ANY_MOMENT)


DATE_OPERATORS: Mapping[str, Operator] = {
    "before": Operator(partial(_compare, operator.lt), check=_check),
    "after": Operator(partial(_compare, operator.gt), check=_check),
    "equals": Operator(partial(_compare, operator.eq), check=_check),
    "between": Operator(_is_between, check=_check_bounds),
    "is_today": Operator(_is_today, takes_value=False),
    "is_past": Operator(partial(_compare_with_now, operator.lt), takes_value=False),
    "is_future": Operator(partial(_compare_with_now, operator.gt), takes_value=False),
    "within": Operator(_is_within, takes_value=False),
}
