"""Cron expressions of five fields, read as Debian's cron reads them, by cronsim."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from app.graph.kinds import shown
from app.graph.schedule.wall_clock import MINUTES, WallClock

# What each field is called, and what it may hold.
_FIELDS: Mapping[str, str] = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day of the month": "1 to 31, L for the last one, or LW for the last one from Monday to Friday",
    "month": "1 to 12, or jan to dec",
    "day of the week": "0 to 7, of which 0 and 7 are Sunday, or sun to sat; 5L for the last Friday, mon#2 for the"
    " second Monday",
}
_ANY = "*"
_NAMES = ", ".join(_FIELDS)
_EXAMPLE = '"0 9 * * mon-fri" (at 9:00 from Monday to Friday)'
_LEAP_YEARS = range(2000, 2028, 4)  # in these each date, the 29th of February too, is on each day of the week once
_ANY_MOMENT = datetime(2000, 1, 1)  # noqa: DTZ001 -- a calendar without a zone


class _Written(NamedTuple):
    """An expression's fields, and what they mean."""

    fields: Sequence[str]
    meaning: CronSim


def parse_cron(value: str | None, zone: ZoneInfo) -> WallClock:
    """Return what an expression says. Raises `ValueError` with a sentence, also where it never comes true."""
    written = _read(value)
    meaning = written.meaning
    times = [MINUTES[hour * 60 + minute] for hour in sorted(meaning.hours) for minute in sorted(meaning.minutes)]
    schedule = WallClock(zone, tuple(times), meaning.match_day, frozenset(meaning.months))
    if not any(meaning.match_day(day) for day in _days_of_all_calendars(schedule.months)):
        raise ValueError(_never(written.fields))
    return schedule


def _read(value: str | None) -> _Written:
    if value is None or not value.strip():
        raise ValueError(f'A cron schedule needs a "schedule_value" of five fields, such as {_EXAMPLE}.')
    fields = value.split()
    if len(fields) != len(_FIELDS):
        raise ValueError(
            f"A cron expression has five fields ({_NAMES}), such as {_EXAMPLE}; {shown(value)} has {len(fields)}."
        )
    for place, (name, right) in enumerate(_FIELDS.items()):
        if not _is_right(fields[place], place):
            raise ValueError(
                f'The {name} of the cron expression cannot be "{fields[place]}": it is * or {right}, or of these a list'
                f" (1,3), a range (1-5) or steps (*/2, 1-9/2)."
            )
    try:
        return _Written(fields, CronSim(" ".join(fields), _ANY_MOMENT))
    except CronSimError:  # each field is right, so it is the month that has no such day
        raise ValueError(_never(fields)) from None


def _is_right(field: str, place: int) -> bool:
    alone = [_ANY] * len(_FIELDS)
    alone[place] = field
    try:
        CronSim(" ".join(alone), _ANY_MOMENT)
    except CronSimError:
        return False
    return True


def _days_of_all_calendars(months: Iterable[int]) -> Iterator[date]:
    for year in _LEAP_YEARS:
        for month in months:
            first = date(year, month, 1)
            yield from (first + timedelta(days=number) for number in range(monthrange(year, month)[1]))


def _never(fields: Sequence[str]) -> str:
    return f'The cron expression "{" ".join(fields)}" never comes true: no month that it names has such a day.'
