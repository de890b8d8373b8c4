"""Filters for dates. "now" is the moment that the engine hands in, never the wall clock."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from app.graph.template import limits
from app.graph.template.faults import RefusedError
from app.graph.template.filters.carbon import php_format
from app.graph.template.filters.moments import moment_of, zone_of
from app.graph.template.filters.strftime import strftime
from app.graph.template.values import text_of

_WITHIN = re.compile(r"within_(\d{1,6})_(minute|hour|day|week)s?", re.ASCII)
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_DAY = timedelta(days=1)
_SATURDAY = 6  # of an ISO week, which begins with Monday = 1

_CONDITIONS: dict[str, Callable[[datetime, datetime], bool]] = {
    "is_today": lambda moment, now: moment.date() == now.date(),
    "is_yesterday": lambda moment, now: moment.date() == now.date() - _DAY,
    "is_tomorrow": lambda moment, now: moment.date() == now.date() + _DAY,
    "is_past": lambda moment, now: moment < now,
    "is_future": lambda moment, now: moment > now,
    "is_weekend": lambda moment, _: moment.isoweekday() >= _SATURDAY,
    "is_weekday": lambda moment, _: moment.isoweekday() < _SATURDAY,
}


def date(left: object, pattern: object, *, now: object) -> object:
    """Format a date; what is none stays as it is, as in Liquid."""
    written = _pattern(pattern, "date")
    moment = moment_of(left, now)
    if moment is None or not written:
        return left
    return strftime(moment, written)


def carbon_date(left: object, pattern: object, zone: object = None, *, now: object) -> str:
    if _is_missing(left):
        return ""
    return php_format(_moment(left, zone, now, "carbon_date"), _pattern(pattern, "carbon_date"))


def carbon_condition(left: object, condition: object, zone: object = None, *, now: object) -> bool:
    if _is_missing(left):
        return False
    moment = _moment(left, zone, now, "carbon_condition")
    present = _moment(now, None, now, "carbon_condition").astimezone(moment.tzinfo)
    name = text_of(condition)
    if known := _CONDITIONS.get(name):
        return known(moment, present)
    if within := _WITHIN.fullmatch(name):
        return abs(moment - present) <= int(within[1]) * _UNITS[within[2]]
    raise RefusedError(
        f"`carbon_condition` knows {', '.join(_CONDITIONS)} and within_7_days (also minutes, hours, weeks)."
    )


def _is_missing(value: object) -> bool:
    return value is None or value == ""


def _moment(value: object, zone: object, now: object, name: str) -> datetime:
    """Return the moment, as the clocks of a zone show it."""
    moment = moment_of(value, now)
    if moment is None:
        raise RefusedError(f"`{name}` was given what is no date.")
    return moment if zone is None else moment.astimezone(zone_of(zone))


def _pattern(value: object, name: str) -> str:
    text = text_of(value)
    if len(text) > limits.FORMAT_LENGTH:
        raise RefusedError(f"A format for `{name}` has at most {limits.FORMAT_LENGTH} characters.")
    return text
