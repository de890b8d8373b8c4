"""What each type of schedule takes as its value, and what it says of anything else."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.schedule import Schedule, ScheduleFields, check_value, is_zone, parse
from app.graph.schedule.interval import Interval, parse_interval
from tests.unit.graph.schedule.walking import utc

FRIDAY = utc(2025, 10, 31, 12)
TYPES = ["interval", "cron", "daily", "weekly", "monthly"]


def schedule(kind: str, value: str | None, zone: str = "UTC") -> Schedule:
    parsed = parse(ScheduleFields(kind, value, zone))
    assert parsed is not None
    return parsed


def refusal(kind: str, value: str | None) -> str:
    with pytest.raises(ValueError, match=r"\.$") as refused:
        check_value(kind, value)
    return str(refused.value)


def test_manual_is_no_schedule_whatever_its_value() -> None:
    assert parse(ScheduleFields("manual", "0 9 * * *", "Nowhere")) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5 minutes", 300),
        ("2 hours", 7200),
        ("1 day", 86_400),
        ("1 second", 1),
        ("30s", 30),
        ("15 min", 900),
        ("3 hrs", 10_800),
        ("2 Weeks", 1_209_600),
        (" 1 minute ", 60),
        ("366 days", 31_622_400),
    ],
)
def test_an_interval_is_a_number_and_a_unit(value: str, seconds: int) -> None:
    assert parse_interval(value) == Interval(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "value", ["5", "minutes", "0.5 hours", "five minutes", "5 fortnights", "-5 minutes", "5 m 3 s"]
)
def test_any_other_interval_is_refused(value: str) -> None:
    right = 'a whole number and a unit, such as "5 minutes", "2 hours" or "1 day"'
    assert refusal("interval", value) == f'"schedule_value" of an interval is {right}; it is the text "{value}".'


@pytest.mark.parametrize("value", ["0 seconds", "367 days", "999999999999 weeks"])
def test_an_interval_is_between_a_second_and_a_year(value: str) -> None:
    expected = f'"schedule_value" must come to between 1 second and 366 days; it is the text "{value}".'
    assert refusal("interval", value) == expected


@pytest.mark.parametrize("value", [None, "", "  "])
@pytest.mark.parametrize("kind", ["interval", "cron"])
def test_intervals_and_cron_need_a_value(kind: str, value: str | None) -> None:
    assert 'needs a "schedule_value"' in refusal(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("daily", None, utc(2025, 11, 1)),
        ("daily", "", utc(2025, 11, 1)),
        ("daily", "09:30", utc(2025, 11, 1, 9, 30)),
        ("daily", "9:30", utc(2025, 11, 1, 9, 30)),
        ("daily", "23:59", utc(2025, 10, 31, 23, 59)),
        ("weekly", None, utc(2025, 11, 3)),
        ("weekly", "fri", utc(2025, 11, 7)),
        ("weekly", "Fri 12:01", utc(2025, 10, 31, 12, 1)),
        ("weekly", "sunday 08:00", utc(2025, 11, 2, 8)),
        ("monthly", None, utc(2025, 11, 1)),
        ("monthly", "31 10:00", utc(2025, 11, 30, 10)),
        ("monthly", "15", utc(2025, 11, 15)),
        ("monthly", "31 12:30", utc(2025, 10, 31, 12, 30)),
        ("cron", "0 9 * * *", utc(2025, 11, 1, 9)),
        ("cron", "  0   9 *  * MON-FRI ", utc(2025, 11, 3, 9)),
        ("cron", "0 0 13 * fri", utc(2025, 11, 7)),
        ("cron", "0 0 L * *", utc(2025, 11, 30)),
        ("cron", "0 0 * * mon#2", utc(2025, 11, 10)),
        ("cron", "0 0 29 2 *", utc(2028, 2, 29)),
        ("cron", "0 0 * 2 mon#5", utc(2044, 2, 29)),
    ],
)
def test_when_it_is_due_first(kind: str, value: str | None, expected: datetime) -> None:
    assert schedule(kind, value).first_after(FRIDAY) == expected


@pytest.mark.parametrize("value", ["24:00", "9", "09:60", "9.30", "09:30:00", "noon", "٠٩:٣٠"])
def test_a_daily_schedule_is_a_time(value: str) -> None:
    right = 'a time such as "09:30", from "00:00" to "23:59"'
    assert refusal("daily", value) == f'"schedule_value" of a daily schedule is {right}; it is the text "{value}".'


@pytest.mark.parametrize("value", ["09:30", "mo 09:30", "mon,tue 09:30", "mon 24:00", "mon09:30", "funday"])
def test_a_weekly_schedule_is_a_day_and_a_time(value: str) -> None:
    right = 'a day of the week and a time, such as "mon 09:30"; a cron schedule can have several days'
    assert refusal("weekly", value) == f'"schedule_value" of a weekly schedule is {right}; it is the text "{value}".'


@pytest.mark.parametrize("value", ["0", "32", "09:30", "15 24:00", "-1", "1st", "last"])
def test_a_monthly_schedule_is_a_day_and_a_time(value: str) -> None:
    right = 'a day from 1 to 31 and a time, such as "15 09:30"; in shorter months 31 is the last day'
    assert refusal("monthly", value) == f'"schedule_value" of a monthly schedule is {right}; it is the text "{value}".'


@pytest.mark.parametrize(("value", "count"), [("* * * *", 4), ("0 0 9 * * *", 6), ("@daily", 1)])
def test_a_cron_expression_has_five_fields(value: str, count: int) -> None:
    assert refusal("cron", value) == (
        "A cron expression has five fields (minute, hour, day of the month, month, day of the week), such as"
        f' "0 9 * * mon-fri" (at 9:00 from Monday to Friday); the text "{value}" has {count}.'
    )


@pytest.mark.parametrize(
    ("value", "name", "field"),
    [
        ("60 * * * *", "minute", "60"),
        ("* 24 * * *", "hour", "24"),
        ("* * 0 * *", "day of the month", "0"),
        ("* * * 13 *", "month", "13"),
        ("* * * * 8", "day of the week", "8"),
        ("*/0 * * * *", "minute", "*/0"),
        ("5-1 * * * *", "minute", "5-1"),
        ("1,,2 * * * *", "minute", "1,,2"),
        ("* * ? * *", "day of the month", "?"),
        ("* * * * mon#6", "day of the week", "mon#6"),
    ],
)
def test_a_field_that_is_wrong_is_named(value: str, name: str, field: str) -> None:
    assert refusal("cron", value).startswith(f'The {name} of the cron expression cannot be "{field}": it is * or ')


@pytest.mark.parametrize("value", ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6 *", "0 0 */31 * mon#2", "0 0 */31 2 1L"])
def test_a_cron_expression_that_never_comes_true_is_refused(value: str) -> None:
    expected = f'The cron expression "{value}" never comes true: no month that it names has such a day.'
    assert refusal("cron", value) == expected


def test_an_unknown_type_is_refused() -> None:
    expected = 'There is no "schedule_type" yearly; there are: manual, interval, cron, daily, weekly, monthly.'
    assert refusal("yearly", None) == expected


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "localtime", "europe/berlin"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    assert not is_zone(zone)
    with pytest.raises(ValueError, match=r'^"timezone" must be the name of a time zone in the IANA database'):
        parse(ScheduleFields("daily", None, zone))


@given(kind=st.sampled_from(TYPES), value=st.text(max_size=20) | st.text("0123456789*/-,LW# montue:", max_size=20))
def test_whatever_the_value_is_it_is_due_some_day_or_refused_with_a_sentence(kind: str, value: str) -> None:
    try:
        parsed = schedule(kind, value)
    except ValueError as error:
        assert str(error).endswith(".")  # noqa: PT017 -- either is right
    else:
        first = parsed.first_after(FRIDAY)
        assert first is not None
        assert first > FRIDAY


@given(
    value=st.integers(1, 100_000).map(lambda seconds: f"{seconds} seconds"),
    late=st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_an_interval_does_not_drift(value: str, late: timedelta) -> None:
    """However late somebody comes, what is due lies whole intervals behind what was due before."""
    interval = parse_interval(value)
    now = FRIDAY + late
    due, missed = interval.next_after(FRIDAY, now), interval.missed(FRIDAY, now)
    assert due == FRIDAY + (missed + 1) * interval.span
    assert now < due <= now + interval.span


def test_an_interval_counts_from_its_activation() -> None:
    moment = utc(2025, 10, 31, 12, 0, 17)
    assert schedule("interval", "5 minutes", "Europe/Berlin").first_after(moment) == moment + timedelta(minutes=5)
