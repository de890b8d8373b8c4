"""Dates: how they are read, and how they are written by the letters of strftime and of Carbon."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.json import JsonValue
from app.graph.template.filters.carbon import php_format
from app.graph.template.filters.moments import moment_of
from app.graph.template.filters.strftime import strftime
from tests.unit.template.rendering import NOW

MOMENT = datetime(2025, 3, 4, 5, 6, 7, 89012, UTC)  # a Tuesday
AFTERNOON = datetime(2024, 12, 31, 13, 0, 0, 0, ZoneInfo("Europe/Berlin"))  # a Tuesday, in ISO week 1 of 2025
NEW_YORK = datetime(2025, 7, 1, 0, 30, 0, 0, ZoneInfo("America/New_York"))

READ = [
    ("2025-10-31", "2025-10-31T00:00:00+00:00"),
    (" 2025-10-31 ", "2025-10-31T00:00:00+00:00"),
    ("2025-10-31T12:30:00.5Z", "2025-10-31T12:30:00.500000+00:00"),
    ("2025-10-31t12:30:00z", "2025-10-31T12:30:00+00:00"),
    ("2025-10-31 12:30:00 UTC", "2025-10-31T12:30:00+00:00"),
    ("2025-10-31 12:30:00 GMT", "2025-10-31T12:30:00+00:00"),
    ("2025-10-31T12:30:00+02:00", "2025-10-31T12:30:00+02:00"),
    ("1761912000", "2025-10-31T12:00:00+00:00"),
    ("-1", "1969-12-31T23:59:59+00:00"),
    (1761912000, "2025-10-31T12:00:00+00:00"),
    (1761912000.5, "2025-10-31T12:00:00.500000+00:00"),
    ("now", "2025-10-31T12:00:00+00:00"),
    (" Today ", "2025-10-31T12:00:00+00:00"),
    ("March 14, 2016", "2016-03-14T00:00:00+00:00"),
    ("mar 1st 2016", "2016-03-01T00:00:00+00:00"),
    ("Mon, March 14, 2016 3:05 pm", "2016-03-14T15:05:00+00:00"),
    ("14 March 2016 at 12:05:06 AM", "2016-03-14T00:05:06+00:00"),
    ("14-Sept-2016, 12:00 PM", "2016-09-14T12:00:00+00:00"),
    ("Fri, 31 Oct 2025 12:30:01 GMT", "2025-10-31T12:30:01+00:00"),
    ("Fri, 31 Oct 2025 12:30:01 -0530", "2025-10-31T12:30:01-05:30"),
    ("2025/10/31 9:15", "2025-10-31T09:15:00+00:00"),
    ("10/31/2025", "2025-10-31T00:00:00+00:00"),
    ("31.10.2025 23:59 +01:00", "2025-10-31T23:59:00+01:00"),
    ("31-10-2025", "2025-10-31T00:00:00+00:00"),
]

NO_DATES: list[JsonValue] = [
    None, True, [], {}, "", "soon", "2025-13-01", "13/13/2025", "31 Foo 2025", "2025-10-31 25:00", "1/1/2025 25:00",
    "9" * 13, "2025-10-31" + " " * 60, 1e20, "1 Jan 2025 10:00 +99:00", "Ma 1, 2025",
]  # fmt: skip


@pytest.mark.parametrize(("written", "moment"), READ)
def test_date_is_read(written: JsonValue, moment: str) -> None:
    read = moment_of(written, NOW)
    assert read is not None
    assert read.isoformat() == moment


@pytest.mark.parametrize("written", NO_DATES)
def test_what_is_no_date_is_read_as_none(written: JsonValue) -> None:
    assert moment_of(written, NOW) is None


DIRECTIVES = [
    ("%Y-%m-%dT%H:%M:%S.%L%:z", "2025-03-04T05:06:07.089+00:00"),
    ("%C|%y|%G|%g|%V|%U|%W|%j|%u|%w", "20|25|2025|25|10|09|09|063|2|2"),
    ("%e|%k|%l|%I|%P|%p|%s", " 4| 5| 5|05|am|AM|1741064767"),
    ("%A|%a|%B|%b|%h", "Tuesday|Tue|March|Mar|Mar"),
    ("%c", "Tue Mar  4 05:06:07 2025"),
    ("%D|%F|%R|%T|%r|%v|%x|%X", "03/04/25|2025-03-04|05:06|05:06:07|05:06:07 AM| 4-MAR-2025|03/04/25|05:06:07"),
    ("%+", "Tue Mar  4 05:06:07 UTC 2025"),
    ("%z|%:z|%Z", "+0000|+00:00|UTC"),
    ("%N|%3N|%6N|%L|%6L", "089012000|089|089012|089|089012"),
    ("%-d|%-m|%_m|%0e|%05d|%^a|%#a|%#p|%10A|%-10A|%010A", "4|3| 3|04|00004|TUE|TUE|am|   Tuesday|Tuesday|000Tuesday"),
    ("%n%t%%", "\n\t%"),
    ("%Q %", "%Q %"),
    ("%1000d", "%1000d"),
    ("%99Y", "2025".rjust(99, "0")),
]


@pytest.mark.parametrize(("pattern", "written"), DIRECTIVES)
def test_directive_of_strftime(pattern: str, written: str) -> None:
    assert strftime(MOMENT, pattern) == written


def test_hours_of_the_afternoon_and_names_of_zones() -> None:
    assert strftime(AFTERNOON, "%I|%l|%p|%P|%Z|%z|%:z") == "01| 1|PM|pm|CET|+0100|+01:00"
    assert strftime(AFTERNOON.replace(hour=0), "%I %p") == "12 AM"
    assert strftime(AFTERNOON.replace(hour=12), "%I %p") == "12 PM"
    assert strftime(MOMENT.astimezone(timezone(timedelta(hours=2))), "<%Z>") == "<>"


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- hypothesis wants naive bounds
def test_strftime_agrees_with_the_standard_library(moment: datetime) -> None:
    pattern = "%A %a %B %b %d %e %H %I %j %M %m %p %S %U %u %V %W %w %Y %y %G %g %z %Z %%"
    assert strftime(moment, pattern) == moment.strftime(pattern)


def test_names_and_numbers_of_days_and_weeks_agree_with_the_standard_library_on_every_day() -> None:
    pattern = "%A %a %B %b %j %U %W %V %G %g %u %w"
    for day in range(4 * 366):
        moment = MOMENT + timedelta(days=day)
        assert strftime(moment, pattern) == moment.strftime(pattern)


LETTERS = [
    ("Y-m-d H:i:s", "2025-03-04 05:06:07"),
    ("d D j l N S w z", "04 Tue 4 Tuesday 2 th 2 62"),
    ("W F m M n t L o y", "10 March 03 Mar 3 31 0 2025 25"),
    ("a A B g G h H i s u v", "am AM 254 5 5 05 05 06 07 089012 089"),
    ("e I O P p T Z U", "UTC 0 +0000 +00:00 Z UTC 0 1741064767"),
    ("c", "2025-03-04T05:06:07+00:00"),
    ("r", "Tue, 04 Mar 2025 05:06:07 +0000"),
    (r"jS \o\f F\\Y", r"4th of March\2025"),
    ("k %d ü", "k %04 ü"),
    ("Y\\", "2025\\"),
]


@pytest.mark.parametrize(("pattern", "written"), LETTERS)
def test_letter_of_carbon(pattern: str, written: str) -> None:
    assert php_format(MOMENT, pattern) == written


def test_letters_of_carbon_elsewhere_and_at_other_times() -> None:
    assert php_format(NEW_YORK, "e I O P p T Z B") == "America/New_York 1 -0400 -04:00 -04:00 EDT -14400 229"
    assert php_format(AFTERNOON, "L t z W o g h G") == "1 31 365 01 2025 1 01 13"
    offset = MOMENT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert php_format(offset, "e T p P") == "+05:30 +05:30 +05:30 +05:30"


@pytest.mark.parametrize(
    ("hour", "minute", "second", "beat"),
    [
        (23, 0, 0, "000"),
        (22, 59, 59, "999"),
        (0, 0, 0, "041"),
        (23, 1, 26, "000"),
        (23, 1, 27, "001"),
        (11, 0, 0, "500"),
    ],
)
def test_swatch_beat(hour: int, minute: int, second: int, beat: str) -> None:
    assert php_format(MOMENT.replace(hour=hour, minute=minute, second=second), "B") == beat


@pytest.mark.parametrize(
    ("day", "suffix"),
    [
        (1, "st"),
        (2, "nd"),
        (3, "rd"),
        (4, "th"),
        (11, "th"),
        (12, "th"),
        (13, "th"),
        (21, "st"),
        (22, "nd"),
        (23, "rd"),
    ],
)
def test_ordinal_suffix(day: int, suffix: str) -> None:
    assert php_format(MOMENT.replace(day=day), "S") == suffix
