"""Schedules that count time, whatever clocks show: "5 minutes" after the previous due time, so that nothing drifts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.graph.kinds import shown
from app.graph.schedule.schedule import Schedule

MAX_DAYS = 366  # further apart than a year is a date, not an interval

_UNITS: Mapping[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_SPELLINGS: Mapping[str, int] = {
    **{spelling: seconds for unit, seconds in _UNITS.items() for spelling in (unit, f"{unit}s", unit[0])},
    "sec": 1,
    "secs": 1,
    "min": 60,
    "mins": 60,
    "hr": 3600,
    "hrs": 3600,
}
_IN_WORDS = re.compile(r"(\d{1,12})\s*([a-z]+)", re.ASCII | re.IGNORECASE)
_RIGHT = 'a whole number and a unit, such as "5 minutes", "2 hours" or "1 day"'


@dataclass(frozen=True, slots=True)
class Interval(Schedule):
    span: timedelta

    def first_after(self, moment: datetime) -> datetime:
        return moment + self.span

    def next_after(self, previous_due: datetime, now: datetime) -> datetime:
        return previous_due + (self.missed(previous_due, now) + 1) * self.span

    def missed(self, previous_due: datetime, now: datetime) -> int:
        return max((now - previous_due) // self.span, 0)


def parse_interval(value: str | None) -> Interval:
    """Return what "5 minutes" says. Raises `ValueError` with a sentence."""
    if value is None or not value.strip():
        raise ValueError(f'An interval needs a "schedule_value": {_RIGHT}.')
    words = _IN_WORDS.fullmatch(value.strip())
    unit = _SPELLINGS.get(words[2].lower()) if words else None
    if words is None or unit is None:
        raise ValueError(f'"schedule_value" of an interval is {_RIGHT}; it is {shown(value)}.')
    seconds = int(words[1]) * unit
    if not 1 <= seconds <= MAX_DAYS * _UNITS["day"]:
        raise ValueError(f'"schedule_value" must come to between 1 second and {MAX_DAYS} days; it is {shown(value)}.')
    return Interval(timedelta(seconds=seconds))
