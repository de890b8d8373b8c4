from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.graph.date_arithmetic import end_of, is_in_range, shifted, start_of, units_between

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu"]
).map(ZoneInfo)
MOMENTS = st.builds(
    lambda moment, zone: moment.astimezone(zone),
    st.datetimes(datetime(1950, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 -- bounds only
    ZONES,
)
UNITS = st.sampled_from(["seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"])


def instant(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


@given(MOMENTS, UNITS)
def test_a_moment_lies_between_the_start_and_the_end_of_its_unit(moment: datetime, unit: str) -> None:
    assert instant(start_of(moment, unit)) <= instant(moment) <= instant(end_of(moment, unit))


@given(MOMENTS, UNITS)
def test_no_time_is_between_the_end_of_a_day_and_the_start_of_the_next(moment: datetime, unit: str) -> None:
    after = instant(end_of(moment, unit)) + timedelta(microseconds=1)

    assert instant(start_of(after.astimezone(moment.tzinfo), unit)) <= after


@given(MOMENTS, MOMENTS, UNITS)
def test_a_difference_added_comes_as_near_to_the_other_date_as_whole_units_can(
    moment: datetime, other: datetime, unit: str
) -> None:
    count = units_between(moment, other, unit)
    sign = 1 if instant(other) >= instant(moment) else -1
    reached, passed = (shifted(moment, number, unit) for number in (count, count + sign))

    assert sign * (instant(other) - instant(reached)) >= timedelta(0)
    assert sign * (instant(other) - instant(passed)) <= timedelta(0)


@given(MOMENTS, UNITS)
def test_nothing_added_changes_nothing(moment: datetime, unit: str) -> None:
    assert instant(shifted(moment, 0, unit)) == instant(moment)


@pytest.mark.parametrize(
    ("zone", "moment", "start", "end"),
    [
        # midnight does not exist: clocks go from 23:59 to 01:00
        (
            "America/Sao_Paulo",
            "2018-11-04T12:00-02:00",
            "2018-11-04T01:00:00-02:00",
            "2018-11-04T23:59:59.999999-02:00",
        ),
        # the first hour of the day occurs twice
        ("America/Havana", "2026-11-01T12:00-05:00", "2026-11-01T00:00:00-04:00", "2026-11-01T23:59:59.999999-05:00"),
        # 23:01 to 00:01 occurs twice, so that the next day begins before this one is over
        ("America/St_Johns", "2006-10-28T23:30-03:30", "2006-10-28T00:00:00-02:30", "2006-10-28T23:59:59.999999-03:30"),
    ],
)
def test_a_day_has_the_instants_that_clocks_show_on_it(zone: str, moment: str, start: str, end: str) -> None:
    there = datetime.fromisoformat(moment).astimezone(ZoneInfo(zone))

    assert start_of(there, "days").isoformat() == start
    assert end_of(there, "days").isoformat() == end


def test_a_moment_that_only_some_zones_can_show_is_out_of_range() -> None:
    assert is_in_range(datetime(9999, 12, 28, tzinfo=UTC))
    assert not is_in_range(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12))))
