"""Schedules in words: daily "09:30", weekly "mon 09:30", monthly "15 09:30"."""

import re
from calendar import monthrange
from datetime import date, time
from zoneinfo import ZoneInfo

from app.graph.kinds import shown
from app.graph.schedule.wall_clock import MINUTES, WallClock

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_LETTERS = 3  # of a weekday's name are enough
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})"
_DAILY = re.compile(_TIME, re.ASCII)
_WEEKLY = re.compile(rf"(?P<day>[a-z]+)(?:\s+{_TIME})?", re.ASCII | re.IGNORECASE)
_MONTHLY = re.compile(rf"(?P<day>\d{{1,2}})(?:\s+{_TIME})?", re.ASCII)
_HOURS, _MINUTES = 24, 60
_LONGEST_MONTH = 31


def parse_daily(value: str | None, zone: ZoneInfo) -> WallClock:
    """Return a schedule of every day, at midnight where no time is said. Raises `ValueError` with a sentence."""
    words = _DAILY.fullmatch(_said(value, "00:00"))
    at = _time_of(words) if words else None
    if at is None:
        raise _wrong("daily", value, 'a time such as "09:30", from "00:00" to "23:59"')
    return WallClock(zone, (at,), _any_day)


def parse_weekly(value: str | None, zone: ZoneInfo) -> WallClock:
    """Return a schedule of a day of the week, Monday at midnight where nothing is said. Raises `ValueError`."""
    words = _WEEKLY.fullmatch(_said(value, "mon"))
    weekday = _weekday_of(words["day"].lower()) if words else None
    at = _time_of(words) if words else None
    if weekday is None or at is None:
        right = 'a day of the week and a time, such as "mon 09:30"; a cron schedule can have several days'
        raise _wrong("weekly", value, right)
    return WallClock(zone, (at,), lambda day: day.weekday() == weekday)


def parse_monthly(value: str | None, zone: ZoneInfo) -> WallClock:
    """Return a schedule of a day of the month, the first at midnight where nothing is said. Raises `ValueError`."""
    words = _MONTHLY.fullmatch(_said(value, "1"))
    number = int(words["day"]) if words else 0
    at = _time_of(words) if words else None
    if not 1 <= number <= _LONGEST_MONTH or at is None:
        right = 'a day from 1 to 31 and a time, such as "15 09:30"; in shorter months 31 is the last day'
        raise _wrong("monthly", value, right)
    return WallClock(zone, (at,), lambda day: day.day == min(number, _length_of_month(day)))


def _said(value: str | None, default: str) -> str:
    return (value or "").strip() or default


def _time_of(words: re.Match[str]) -> time | None:
    """Return the time of day, midnight where none is said; None where there is no such time."""
    hour, minute = int(words["hour"] or 0), int(words["minute"] or 0)
    return MINUTES[hour * _MINUTES + minute] if hour < _HOURS and minute < _MINUTES else None


def _weekday_of(name: str) -> int | None:
    names = {spelling: number for number, day in enumerate(WEEKDAYS) for spelling in (day, day[:_LETTERS])}
    return names.get(name)


def _any_day(_: date) -> bool:
    return True


def _length_of_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _wrong(kind: str, value: str | None, right: str) -> ValueError:
    return ValueError(f'"schedule_value" of a {kind} schedule is {right}; it is {shown(value)}.')
