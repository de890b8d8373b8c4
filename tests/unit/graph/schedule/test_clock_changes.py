"""What the rule means: a time that does not exist is due at the end of the gap, one that comes twice is due once."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.graph.schedule import ScheduleFields, parse
from tests.unit.graph.schedule.walking import utc


def due_from(begin: datetime, kind: str, value: str, zone: str, count: int) -> list[str]:
    """Return the first due times as clocks of the zone show them, with their offset."""
    schedule = parse(ScheduleFields(kind, value, zone))
    assert schedule is not None

    shown: list[str] = []
    moment = schedule.first_after(begin)
    while moment is not None and len(shown) < count:
        shown.append(moment.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes"))
        moment = schedule.first_after(moment)
    return shown


@pytest.mark.parametrize(
    ("zone", "begin", "value", "expected"),
    [
        ("Europe/Berlin", utc(2025, 3, 29, 12), "02:30", ["2025-03-30T03:00+02:00", "2025-03-31T02:30+02:00"]),
        ("Europe/Berlin", utc(2025, 10, 25, 12), "02:30", ["2025-10-26T02:30+02:00", "2025-10-27T02:30+01:00"]),
        ("America/Sao_Paulo", utc(2018, 11, 3, 12), "00:00", ["2018-11-04T01:00-02:00", "2018-11-05T00:00-02:00"]),
        ("America/Sao_Paulo", utc(2018, 2, 17, 12), "23:30", ["2018-02-17T23:30-02:00", "2018-02-18T23:30-03:00"]),
        ("Africa/Cairo", utc(2025, 4, 24, 12), "00:15", ["2025-04-25T01:00+03:00", "2025-04-26T00:15+03:00"]),
        ("Africa/Cairo", utc(2025, 10, 30, 12), "23:15", ["2025-10-30T23:15+03:00", "2025-10-31T23:15+02:00"]),
        ("Australia/Lord_Howe", utc(2025, 10, 4), "02:15", ["2025-10-05T02:30+11:00", "2025-10-06T02:15+11:00"]),
        ("Australia/Lord_Howe", utc(2025, 4, 5), "01:45", ["2025-04-06T01:45+11:00", "2025-04-07T01:45+10:30"]),
        ("America/St_Johns", utc(2010, 11, 6, 12), "23:30", ["2010-11-06T23:30-02:30", "2010-11-07T23:30-03:30"]),
        (
            "Pacific/Apia",
            utc(2011, 12, 29, 12),
            "09:00",
            ["2011-12-29T09:00-10:00", "2011-12-31T00:00+14:00", "2011-12-31T09:00+14:00"],
        ),
    ],
)
def test_daily(zone: str, begin: datetime, value: str, expected: list[str]) -> None:
    assert due_from(begin, "daily", value, zone, len(expected)) == expected


def test_a_weekday_that_is_left_out_is_due_at_its_end() -> None:
    due = due_from(utc(2011, 12, 28), "weekly", "fri 09:00", "Pacific/Apia", 2)
    assert due == ["2011-12-31T00:00+14:00", "2012-01-06T09:00+14:00"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("30 * * * *", ["2025-10-26T01:30+02:00", "2025-10-26T02:30+02:00", "2025-10-26T03:30+01:00"]),
        (
            "*/20 2,3 * * *",
            [
                *("2025-10-26T02:00+02:00", "2025-10-26T02:20+02:00", "2025-10-26T02:40+02:00"),
                "2025-10-26T03:00+01:00",
            ],
        ),
        ("30 2 * * *", ["2025-10-26T02:30+02:00", "2025-10-27T02:30+01:00"]),
        ("0 2 * * *", ["2025-10-26T02:00+02:00", "2025-10-27T02:00+01:00"]),
    ],
)
def test_in_the_hour_that_comes_twice_cron_is_due_the_first_time(value: str, expected: list[str]) -> None:
    assert due_from(utc(2025, 10, 25, 22, 45), "cron", value, "Europe/Berlin", len(expected)) == expected


def test_in_the_second_of_such_hours_nothing_is_due() -> None:
    assert due_from(utc(2025, 10, 26, 1, 10), "cron", "* * * * *", "Europe/Berlin", 1) == ["2025-10-26T03:00+01:00"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("*/20 * * * *", ["2025-03-30T01:40+01:00", "2025-03-30T03:00+02:00", "2025-03-30T03:20+02:00"]),
        ("10 * * * *", ["2025-03-30T03:00+02:00", "2025-03-30T03:10+02:00"]),
        ("10,50 2 * * *", ["2025-03-30T03:00+02:00", "2025-03-31T02:10+02:00"]),
    ],
)
def test_all_times_of_the_hour_that_is_left_out_are_due_once_at_its_end(value: str, expected: list[str]) -> None:
    assert due_from(utc(2025, 3, 30, 0, 20), "cron", value, "Europe/Berlin", len(expected)) == expected


def test_an_interval_does_not_mind_the_clocks() -> None:
    schedule = parse(ScheduleFields("interval", "1 day", "Europe/Berlin"))
    assert schedule is not None
    assert schedule.first_after(utc(2025, 10, 25, 12)) == utc(2025, 10, 26, 12)


def test_past_the_last_day_of_the_calendar_nothing_is_due() -> None:
    schedule = parse(ScheduleFields("monthly", "1 00:00", "Pacific/Auckland"))
    assert schedule is not None
    assert schedule.first_after(utc(9999, 12, 20)) is None
    assert schedule.missed(utc(9999, 12, 20), utc(9999, 12, 28)) == 0


@pytest.mark.parametrize(
    ("kind", "value", "missed", "following"),
    [
        ("daily", "02:30", 4, utc(2025, 10, 28, 1, 30)),
        ("weekly", "sun 09:00", 1, utc(2025, 11, 2, 8)),
        ("interval", "36 hours", 2, utc(2025, 10, 28)),
    ],
)
def test_what_was_missed_over_a_change_is_counted_and_the_next_comes_after_now(
    kind: str, value: str, missed: int, following: datetime
) -> None:
    schedule = parse(ScheduleFields(kind, value, "Europe/Berlin"))
    assert schedule is not None
    previous, now = utc(2025, 10, 23, 12), utc(2025, 10, 27, 12)
    assert schedule.missed(previous, now) == missed
    assert schedule.next_after(previous, now) == following
