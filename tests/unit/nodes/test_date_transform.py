import pytest

from app.core.json import JsonObject, JsonValue
from tests.factories.steps import output_of

DATE = "2026-03-04T05:06:07Z"
BERLIN = "Europe/Berlin"


async def result_of(**given: JsonValue) -> JsonValue:
    return (await output_of("date_transform", {"input": DATE, **given}))["result"]


async def iso_of(**given: JsonValue) -> JsonValue:
    return (await output_of("date_transform", {"input": DATE, **given}))["iso"]


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("now", "2026-03-04T05:06:07+00:00"),
        (" NOW ", "2026-03-04T05:06:07+00:00"),
        ("{{ now }}", "2026-03-04T05:06:07+00:00"),
        ("2026-01-15T09:30:00Z", "2026-01-15T09:30:00+00:00"),
        ("2026-01-15T09:30:00.25+02:00", "2026-01-15T09:30:00.250000+02:00"),
        ("2026-01-15", "2026-01-15T00:00:00+00:00"),
        ("March 14, 2016", "2016-03-14T00:00:00+00:00"),
        ("Mon, 14 Mar 2016 10:00:00 GMT", "2016-03-14T10:00:00+00:00"),
        (1767312000, "2026-01-02T00:00:00+00:00"),
        ("1767312000", "2026-01-02T00:00:00+00:00"),
        (1767312000.5, "2026-01-02T00:00:00.500000+00:00"),
        ("{{ n1.at }}", "2026-02-03T04:05:00+00:00"),
    ],
)
async def test_dates_are_read_as_filters_read_them(value: JsonValue, iso: str) -> None:
    output = await output_of("date_transform", {"input": value}, n1={"at": "2026-02-03 04:05"})

    assert output["iso"] == output["result"] == iso


@pytest.mark.parametrize(
    ("pattern", "result"),
    [
        ("Y-m-d H:i:s", "2026-03-04 06:06:07"),
        ("D, jS F y", "Wed, 4th March 26"),
        (r"\D\a\y N", "Day 3"),
        ("{{ n1.missing | default: 'U' }}", "1772600767"),
        ("T e P", "CET Europe/Berlin +01:00"),
        ("", "2026-03-04T06:06:07+01:00"),
        ("{{ n1.missing }}", "2026-03-04T06:06:07+01:00"),
        (None, "2026-03-04T06:06:07+01:00"),
    ],
)
async def test_the_result_is_written_in_the_letters_of_php(pattern: str | None, result: str) -> None:
    assert await result_of(format=pattern, timezone=BERLIN) == result


async def test_the_output_has_the_moment_in_three_forms() -> None:
    output = await output_of("date_transform", {"input": "1969-12-31T23:59:58.5Z", "format": "y"})

    assert output == {"result": "69", "iso": "1969-12-31T23:59:58.500000+00:00", "timestamp": -2}


@pytest.mark.parametrize(
    ("value", "zone", "iso"),
    [
        ("2026-07-01 12:00", BERLIN, "2026-07-01T12:00:00+02:00"),
        ("2026-07-01T12:00:00Z", BERLIN, "2026-07-01T14:00:00+02:00"),
        ("2026-07-01T12:00:00-04:00", BERLIN, "2026-07-01T18:00:00+02:00"),
        ("2026-07-01T12:00:00-04:00", None, "2026-07-01T12:00:00-04:00"),
        ("2026-07-01T12:00:00-04:00", " ", "2026-07-01T12:00:00-04:00"),
        ("2026-07-01 12:00", "{{ n1.zone }}", "2026-07-01T12:00:00+09:00"),
        ("2026-07-01 12:00", "{{ n1.missing }}", "2026-07-01T12:00:00+00:00"),
        ("2026-03-29 02:30", BERLIN, "2026-03-29T03:30:00+02:00"),  # clocks skip it
    ],
)
async def test_a_zone_is_that_of_the_result_and_of_dates_that_name_none(value: str, zone: str | None, iso: str) -> None:
    output = await output_of("date_transform", {"input": value, "timezone": zone}, n1={"zone": "Asia/Tokyo"})

    assert output["iso"] == iso


@pytest.mark.parametrize(
    ("start", "amount", "unit", "iso"),
    [
        (DATE, 90, "seconds", "2026-03-04T05:07:37+00:00"),
        (DATE, 1.5, "minutes", "2026-03-04T05:07:37+00:00"),
        (DATE, "{{ n1.n }}", "hours", "2026-03-04T12:06:07+00:00"),
        (DATE, "2", "days", "2026-03-06T05:06:07+00:00"),
        (DATE, 3.0, "day", "2026-03-07T05:06:07+00:00"),
        (DATE, -1, "Weeks", "2026-02-25T05:06:07+00:00"),
        ("2026-01-31", 1, "months", "2026-02-28T00:00:00+00:00"),
        ("2024-01-31", 1, "months", "2024-02-29T00:00:00+00:00"),
        ("2026-01-31", 13, "month", "2027-02-28T00:00:00+00:00"),
        ("2026-03-31", -1, "months", "2026-02-28T00:00:00+00:00"),
        ("2026-01-31", -2, "months", "2025-11-30T00:00:00+00:00"),
        ("2025-11-30", 1, "quarters", "2026-02-28T00:00:00+00:00"),
        ("2024-02-29", 1, "years", "2025-02-28T00:00:00+00:00"),
        ("2024-02-29", 4, "years", "2028-02-29T00:00:00+00:00"),
    ],
)
async def test_add_moves_a_date(start: str, amount: JsonValue, unit: str, iso: str) -> None:
    settings: JsonObject = {"input": start, "operation": "add", "amount": amount, "unit": unit}

    assert (await output_of("date_transform", settings, n1={"n": 7}))["iso"] == iso


async def test_subtract_moves_a_date_back() -> None:
    assert await iso_of(operation="subtract", amount=1, unit="months") == "2026-02-04T05:06:07+00:00"
    assert await iso_of(operation="subtract", amount=-1, unit="hours") == "2026-03-04T06:06:07+00:00"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "iso"),
    [
        ("2026-03-28 12:00", 1, "days", "2026-03-29T12:00:00+02:00"),  # 23 hours later
        ("2026-03-28 12:00", 24, "hours", "2026-03-29T13:00:00+02:00"),
        ("2026-10-24 12:00", 1, "weeks", "2026-10-31T12:00:00+01:00"),
        ("2026-10-24 12:00", 24, "hours", "2026-10-25T11:00:00+01:00"),
        ("2026-02-28 02:30", 29, "days", "2026-03-29T03:30:00+02:00"),  # 02:30 is skipped that day
        ("2026-10-25T00:30:00Z", 1, "hours", "2026-10-25T02:30:00+01:00"),  # 02:30 occurs twice that day
        ("2026-10-25T01:30:00Z", 0, "days", "2026-10-25T02:30:00+01:00"),
        ("2025-10-26T01:30:00Z", 154, "days", "2026-03-29T03:30:00+02:00"),
    ],
)
async def test_days_are_counted_on_clocks_and_hours_in_time(start: str, amount: int, unit: str, iso: str) -> None:
    assert await iso_of(input=start, operation="add", amount=amount, unit=unit, timezone=BERLIN) == iso


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("seconds", "2026-08-19T13:14:15", "2026-08-19T13:14:15.999999"),
        ("minutes", "2026-08-19T13:14:00", "2026-08-19T13:14:59.999999"),
        ("hours", "2026-08-19T13:00:00", "2026-08-19T13:59:59.999999"),
        ("days", "2026-08-19T00:00:00", "2026-08-19T23:59:59.999999"),
        ("weeks", "2026-08-17T00:00:00", "2026-08-23T23:59:59.999999"),
        ("months", "2026-08-01T00:00:00", "2026-08-31T23:59:59.999999"),
        ("quarters", "2026-07-01T00:00:00", "2026-09-30T23:59:59.999999"),
        ("years", "2026-01-01T00:00:00", "2026-12-31T23:59:59.999999"),
    ],
)
async def test_a_unit_has_a_start_and_an_end(unit: str, start: str, end: str) -> None:
    given: dict[str, JsonValue] = {"input": "2026-08-19T13:14:15.5Z", "unit": unit}

    assert await iso_of(operation="start_of", **given) == f"{start}+00:00"
    assert await iso_of(operation="end_of", **given) == f"{end}+00:00"


async def test_a_day_begins_and_ends_in_its_zone() -> None:
    given: dict[str, JsonValue] = {"input": "2026-03-29T22:30:00Z", "timezone": BERLIN}

    assert await iso_of(operation="start_of", **given) == "2026-03-30T00:00:00+02:00"
    assert await iso_of(operation="end_of", unit="months", **given) == "2026-03-31T23:59:59.999999+02:00"
    assert await iso_of(operation="start_of", unit="months", **given) == "2026-03-01T00:00:00+01:00"


@pytest.mark.parametrize(
    ("start", "other", "unit", "result"),
    [
        ("2026-03-04", "2026-03-04T00:01:30.9Z", "seconds", 90),
        ("2026-03-04", "2026-03-03T23:58:30Z", "minutes", -1),
        ("2026-03-04", "2026-03-05T01:59:59Z", "hours", 25),
        ("2026-03-04T12:00", "2026-03-06T11:59", "days", 1),
        ("2026-03-06T11:59", "2026-03-04T12:00", "days", -1),
        ("2026-03-04", "2026-03-04", "days", 0),
        ("2026-03-04", "2026-03-18", "weeks", 2),
        ("2026-01-31", "2026-02-28", "months", 1),
        ("2026-01-31", "2026-02-27", "months", 0),
        ("2026-03-31", "2026-01-30", "months", -2),
        ("2026-01-01", "2026-12-31", "quarters", 3),
        ("2000-02-29", "2026-02-27", "years", 25),
        ("2000-02-29", "2026-02-28", "years", 26),
    ],
)
async def test_diff_counts_whole_units_from_the_input_to_the_other_date(
    start: str, other: str, unit: str, result: int
) -> None:
    settings: JsonObject = {"input": start, "operation": "diff", "other": other, "unit": unit}

    assert await output_of("date_transform", settings) == {"result": result, "iso": None, "timestamp": None}


async def test_diff_counts_days_on_the_clocks_of_the_zone() -> None:
    given: dict[str, JsonValue] = {"input": "2026-03-28 12:00", "other": "2026-03-29 12:00", "operation": "diff"}

    assert await result_of(timezone=BERLIN, **given) == 1
    assert await result_of(timezone=BERLIN, unit="hours", **given) == 23
    assert await result_of(**given) == 1
    assert await result_of(unit="hours", **given) == 24


async def test_diff_reads_now() -> None:
    assert await result_of(input="2026-03-04T05:06:00Z", other="now", operation="diff", unit="seconds") == 7
