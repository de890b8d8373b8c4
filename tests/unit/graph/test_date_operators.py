from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.json import JsonValue
from app.graph.conditions import OPERATORS, holds
from app.graph.date_operators import span_of
from app.graph.errors import PermanentError
from app.graph.operator import Options

NOW = "2026-03-04T05:06:07Z"
AT_NOW = Options(now=NOW)


def is_so(name: str, given: JsonValue, value: JsonValue = None, options: Options = AT_NOW) -> bool:
    return holds("date", name, given, value, options)


def refusal(name: str, given: JsonValue, value: JsonValue = None, options: Options = AT_NOW) -> str:
    with pytest.raises(PermanentError) as caught:
        is_so(name, given, value, options)
    return caught.value.message


@pytest.mark.parametrize(
    ("name", "given", "value", "expected"),
    [
        ("before", "2026-01-01", "2026-01-02", True),
        ("before", "2026-01-02", "2026-01-02", False),
        ("after", "2026-01-02", "2026-01-01", True),
        ("after", "2026-01-02", "2026-01-02", False),
        ("equals", "2026-01-02T01:00:00+01:00", "2026-01-02", True),
        ("equals", 1767312000, "2026-01-02", True),
        ("equals", "January 2, 2026", "02.01.2026", True),
        ("equals", "2026-01-02", "2026-01-03", False),
        ("after", "2026-03-05", "now", True),
        ("between", "2026-01-01", ["2026-01-01", "2026-01-02"], True),
        ("between", "2026-01-02", "2026-01-01, 2026-01-02", True),
        ("between", "2025-12-31", ["2026-01-01", "2026-01-02"], False),
        ("between", "2026-01-03", ["2026-01-01", "2026-01-02"], False),
        ("is_today", "2026-03-04T23:59:59Z", None, True),
        ("is_today", "2026-03-05", None, False),
        ("is_past", "2026-03-04T05:06:06Z", None, True),
        ("is_past", "now", None, False),
        ("is_future", "2026-03-04T05:06:08Z", None, True),
        ("is_future", "now", None, False),
    ],
)
def test_dates(name: str, given: JsonValue, value: JsonValue, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert is_so(name, given, value) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-03-04T06:06:07Z", True),
        ("2026-03-04T04:06:07Z", True),
        ("2026-03-04T06:06:08Z", False),
        ("2026-03-04T04:06:06Z", False),
    ],
)
def test_within_holds_on_both_sides_of_now(given: JsonValue, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert is_so("within", given, options=Options(now=NOW, span=timedelta(hours=1))) is expected


def test_a_date_without_a_zone_is_read_in_the_given_one() -> None:
    berlin = Options(now=NOW, zone=ZoneInfo("Europe/Berlin"))
    for local in ("2026-07-01T12:00:00", "July 1, 2026 12:00"):
        assert is_so("equals", local, "2026-07-01T10:00:00Z", berlin)
    assert is_so("equals", "July 1, 2026 12:00 UTC", "2026-07-01T12:00:00Z", berlin)


def test_which_day_it_is_depends_on_the_zone() -> None:
    auckland = Options(now="2026-03-04T12:30:00Z", zone=ZoneInfo("Pacific/Auckland"))
    assert is_so("is_today", "2026-03-04T11:30:00Z", options=auckland)
    assert not is_so("is_today", "2026-03-04T10:30:00Z", options=auckland)
    assert is_so("is_today", "2026-03-04T10:30:00Z", options=Options(now="2026-03-04T12:30:00Z"))


def test_an_hour_that_the_clocks_repeat_is_two_hours() -> None:
    berlin = Options(now=NOW, zone=ZoneInfo("Europe/Berlin"))
    assert is_so("before", "2026-10-25T02:30:00", "2026-10-25T02:30:00+01:00", berlin)


@pytest.mark.parametrize("name", OPERATORS["date"])
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("soon", 'the text "soon"'),
        (None, "null"),
        (True, "true"),
        ([], "a list"),
        ("0001-01-01T00:00:00+05:00", 'the text "0001-01-01T00:00:00+05:00"'),
        ("9999-12-31T23:59:59-05:00", 'the text "9999-12-31T23:59:59-05:00"'),
    ],
)
def test_an_input_that_is_no_date_is_a_failure(name: str, given: JsonValue, shown: str) -> None:
    value = ["2026-01-01", "2026-01-02"] if name == "between" else "2026-01-01"
    message = f'"input" must be a date, such as "2026-01-15T09:30:00Z"; it is {shown}.'
    assert refusal(name, given, value) == message


@pytest.mark.parametrize(
    ("name", "given", "value", "expected"),
    [
        ("is_future", "9999-12-31", None, True),
        ("is_past", "0001-01-01", None, True),
        ("is_today", "9999-12-31T23:59:59Z", None, False),
        ("is_today", "0001-01-01", None, False),
        ("within", "9999-12-31", None, False),
        ("after", "9999-12-31", "2026-01-01", True),
        ("before", "2026-01-01", "9999-12-31", True),
        ("equals", "9999-12-31T00:00:00Z", "9999-12-31T14:00:00", True),
        ("between", "2026-01-01", ["0001-01-01", "9999-12-31"], True),
    ],
)
def test_the_first_and_the_last_day_of_all_can_be_compared(
    name: str,
    given: JsonValue,
    value: JsonValue,
    expected: bool,  # noqa: FBT001 -- a table
) -> None:
    assert is_so(name, given, value, Options(now=NOW, zone=ZoneInfo("Pacific/Kiritimati"))) is expected


def test_a_value_that_is_no_date_is_a_failure() -> None:
    assert refusal("before", NOW, "soon").startswith('"value" must be a date')
    assert refusal("between", NOW, ["soon", NOW]).startswith('"value" must be a date')


@pytest.mark.parametrize("value", [[NOW], [NOW, NOW, NOW], ["2026-01-02", "2026-01-01"], []])
def test_between_needs_two_dates_in_order(value: JsonValue) -> None:
    assert refusal("between", NOW, value) == '"value" of between must be two dates, the earlier one first.'


@pytest.mark.parametrize("name", ["is_today", "is_past", "is_future", "within"])
def test_without_a_moment_there_is_no_now(name: str) -> None:
    assert refusal(name, NOW, options=Options()).startswith('"now" must be a date')


@pytest.mark.parametrize(("name", "value"), [("before", "soon"), ("between", [NOW]), ("between", ["soon", NOW])])
def test_a_value_that_can_never_be_right_is_known_beforehand(name: str, value: JsonValue) -> None:
    check = OPERATORS["date"][name].check
    assert check is not None
    with pytest.raises(PermanentError):
        check(value)


@pytest.mark.parametrize(("name", "value"), [("after", "today"), ("between", ["now", "2020-01-01"])])
def test_a_value_that_may_be_right_is_not_refused_beforehand(name: str, value: JsonValue) -> None:
    check = OPERATORS["date"][name].check
    assert check is not None
    check(value)


def test_a_length_of_time_has_an_amount_and_a_unit() -> None:
    assert span_of(1.5, "hours") == timedelta(minutes=90)
    assert span_of(0, "weeks") == timedelta(0)


@pytest.mark.parametrize("amount", [-1, 10**12, 1e300])
def test_a_length_of_time_that_is_none_is_a_failure(amount: float) -> None:
    with pytest.raises(PermanentError, match='"amount" must be a length of time, in days; it is '):
        span_of(amount, "days")
