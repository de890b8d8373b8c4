"""Calculating with dates as Carbon does: hours pass, days are counted on the clocks of a zone, months on the calendar.

Zones are those of the moments given; what comes out is in the same zone. Past the dates that there are, every function
raises `PermanentError`.
"""

import calendar
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from app.graph.errors import PermanentError

FIXED: Mapping[str, timedelta] = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
}
_DAYS: Mapping[str, int] = {"days": 1, "weeks": 7}
_MONTHS: Mapping[str, int] = {"months": 1, "quarters": 3, "years": 12}
FIRST = datetime(1, 1, 3, tzinfo=UTC)  # dates that every zone can show
LAST = datetime(9999, 12, 29, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


def is_in_range(moment: datetime) -> bool:
    """Say whether every zone can show a moment."""
    try:
        return FIRST <= moment.astimezone(UTC) <= LAST
    except OverflowError:
        return False


def shifted(moment: datetime, amount: float, unit: str) -> datetime:
    """Return the moment that is so many units later, or earlier for a negative amount.

    Days and longer units are whole, and keep the time that clocks show, except where the clocks skip it. Where a month
    is too short for the day, its last day is taken.
    """
    return _in_range(lambda: _shifted(moment, amount, unit))


def start_of(moment: datetime, unit: str) -> datetime:
    """Return the first instant of the hour, day, week (from Monday), month … that a moment lies in."""
    return _in_range(lambda: _start_of(moment, unit))


def end_of(moment: datetime, unit: str) -> datetime:
    """Return the last microsecond of the hour, day, week (to Sunday), month … that a moment lies in."""
    return _in_range(lambda: _end_of(moment, unit))


def units_between(moment: datetime, other: datetime, unit: str) -> int:
    """Return how many whole units fit between two moments: negative where the other one is earlier.

    It is the most that `shifted` can add to the moment without passing the other one.
    """
    there = other.astimezone(moment.tzinfo)
    sign = 1 if _instant(there) >= _instant(moment) else -1
    if unit in FIXED:
        return sign * (abs(_instant(there) - _instant(moment)) // FIXED[unit])
    count = _at_most(moment, there, unit)
    while count and sign * (_instant(shifted(moment, sign * count, unit)) - _instant(there)) > timedelta(0):
        count -= 1
    return sign * count


def _in_range(move: Callable[[], datetime]) -> datetime:
    try:
        moved = move()
    except (OverflowError, ValueError):
        moved = None
    if moved is not None and is_in_range(moved):
        return moved
    raise PermanentError("The result is past the dates that there are, which are those of the years 1 to 9999.")


def _shifted(moment: datetime, amount: float, unit: str) -> datetime:
    if unit in FIXED:
        return (_instant(moment) + amount * FIXED[unit]).astimezone(moment.tzinfo)
    wall = moment.replace(tzinfo=None)
    if unit in _DAYS:
        there = wall + timedelta(days=int(amount) * _DAYS[unit])
    else:
        there = _months_later(wall, int(amount) * _MONTHS[unit])
    return _on_clocks(there, moment.tzinfo, moment.fold)


def _months_later(wall: datetime, count: int) -> datetime:
    year, month = divmod(wall.year * 12 + wall.month - 1 + count, 12)
    return wall.replace(year=year, month=month + 1, day=min(wall.day, calendar.monthrange(year, month + 1)[1]))


def _start_of(moment: datetime, unit: str) -> datetime:
    wall = moment.replace(tzinfo=None)
    if unit in FIXED:
        return _on_clocks(wall - timedelta(microseconds=_into(wall, FIXED[unit])), moment.tzinfo, moment.fold)
    return _on_clocks(_first_day(wall, unit), moment.tzinfo, 0)


def _end_of(moment: datetime, unit: str) -> datetime:
    wall = moment.replace(tzinfo=None)
    if unit in FIXED:
        end = wall - timedelta(microseconds=_into(wall, FIXED[unit])) + FIXED[unit] - _INSTANT
        return _on_clocks(end, moment.tzinfo, moment.fold)
    first = _first_day(wall, unit)
    after = first + timedelta(days=_DAYS[unit]) if unit in _DAYS else _months_later(first, _MONTHS[unit])
    # A day can begin twice, and lie half before the end of the day before it: of two ends, the one not yet over.
    ends = [_instant(_on_clocks(after, moment.tzinfo, fold)) - _INSTANT for fold in (0, 1)]
    return next((end for end in ends if end >= _instant(moment)), ends[-1]).astimezone(moment.tzinfo)


def _into(wall: datetime, unit: timedelta) -> int:
    """Return how many microseconds of its hour, minute or second have passed."""
    passed = timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
    return passed % unit // _INSTANT


def _first_day(wall: datetime, unit: str) -> datetime:
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit in _DAYS:
        return midnight - timedelta(days=midnight.weekday() if unit == "weeks" else 0)
    months_into = (midnight.month - 1) % _MONTHS[unit]
    return midnight.replace(month=midnight.month - months_into, day=1)


def _at_most(moment: datetime, there: datetime, unit: str) -> int:
    """Return the units between two moments by the calendar alone: as many as there are, or more."""
    if unit in _DAYS:
        return abs((there.date() - moment.date()).days) // _DAYS[unit]
    months = there.year * 12 + there.month - moment.year * 12 - moment.month
    return abs(months) // _MONTHS[unit]


def _on_clocks(wall: datetime, zone: tzinfo | None, fold: int) -> datetime:
    """Return when the clocks of a zone show a time; where they skip it, as much later as they skip."""
    shown = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC).astimezone(zone)
    if shown.replace(tzinfo=None) == wall:
        return shown
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone)


def _instant(moment: datetime) -> datetime:
    """Return the moment in UTC: between moments of one zone Python would compare what the clocks show."""
    return moment.astimezone(UTC)
