"""The filters that write dates and judge them, and that no clock but the engine's is asked."""

import pytest

from app.core.json import JsonValue
from app.graph.template import TextTemplate
from tests.factories.budgets import standing_budget
from tests.unit.template.rendering import NOW, refusal, text, value

RENDERED: list[tuple[str, JsonValue, JsonValue]] = [
    ("{{ x | date: '%Y' }}", "soon", "soon"),
    ("{{ x | date: '' }}", "2025-10-31", "2025-10-31"),
    ("{{ x | date: missing }}", "2025-10-31", "2025-10-31"),
    ("{{ x | date: '%Y' }}", None, None),
    ("{{ x | carbon_date: 'Y-m-d H:i' }}", "2025-10-31T23:30:00Z", "2025-10-31 23:30"),
    ("{{ x | carbon_date: 'Y-m-d H:i', 'Europe/Berlin' }}", "2025-10-31T23:30:00Z", "2025-11-01 00:30"),
    ("{{ x | carbon_date: 'Y-m-d H:i', missing }}", "2025-10-31T23:30:00+02:00", "2025-10-31 23:30"),
    ("{{ x | carbon_date: 'Y' }}", None, ""),
    ("{{ x | carbon_date: 'Y' }}", "", ""),
    ("{{ 'now' | carbon_date: 'Y-m-d H:i' }}", None, "2025-10-31 12:00"),
    ("{{ x | carbon_condition: 'is_today' }}", "2025-10-31T00:00:00Z", True),
    ("{{ x | carbon_condition: 'is_today' }}", "2025-11-01T00:00:00Z", False),
    ("{{ x | carbon_condition: 'is_today', 'Europe/Berlin' }}", "2025-10-30T23:30:00Z", True),
    ("{{ x | carbon_condition: 'is_today' }}", "2025-10-31T23:30:00-11:00", True),
    ("{{ x | carbon_condition: 'is_today' }}", "2025-10-30T23:30:00-11:00", False),
    ("{{ x | carbon_condition: 'is_today' }}", None, False),
    ("{{ x | carbon_condition: 'is_yesterday' }}", "2025-10-30", True),
    ("{{ x | carbon_condition: 'is_yesterday' }}", "2025-10-31", False),
    ("{{ x | carbon_condition: 'is_tomorrow' }}", "2025-11-01", True),
    ("{{ x | carbon_condition: 'is_tomorrow' }}", "2025-10-31", False),
    ("{{ x | carbon_condition: 'is_past' }}", "2025-10-31T11:59:59Z", True),
    ("{{ x | carbon_condition: 'is_past' }}", "2025-10-31T12:00:00Z", False),
    ("{{ x | carbon_condition: 'is_future' }}", "2025-10-31T12:00:01Z", True),
    ("{{ x | carbon_condition: 'is_future' }}", "2025-10-31T12:00:00Z", False),
    ("{{ x | carbon_condition: 'is_weekend' }}", "2025-11-01", True),
    ("{{ x | carbon_condition: 'is_weekend' }}", "2025-10-31", False),
    ("{{ x | carbon_condition: 'is_weekday' }}", "2025-10-31", True),
    ("{{ x | carbon_condition: 'is_weekday' }}", "2025-11-02", False),
    ("{{ x | carbon_condition: 'within_7_days' }}", "2025-11-07T12:00:00Z", True),
    ("{{ x | carbon_condition: 'within_7_days' }}", "2025-10-24T12:00:00Z", True),
    ("{{ x | carbon_condition: 'within_7_days' }}", "2025-11-07T12:00:01Z", False),
    ("{{ x | carbon_condition: 'within_1_day' }}", "2025-11-01T12:00:00Z", True),
    ("{{ x | carbon_condition: 'within_2_hours' }}", "2025-10-31T14:00:01Z", False),
    ("{{ x | carbon_condition: 'within_2_hours' }}", "2025-10-31T14:00:00Z", True),
    ("{{ x | carbon_condition: 'within_90_minutes' }}", "2025-10-31T13:30:00Z", True),
    ("{{ x | carbon_condition: 'within_90_minutes' }}", "2025-10-31T13:30:01Z", False),
    ("{{ x | carbon_condition: 'within_2_weeks' }}", "2025-11-14T12:00:00Z", True),
    ("{{ x | carbon_condition: 'within_2_weeks' }}", "2025-11-14T12:00:01Z", False),
]


@pytest.mark.parametrize(("source", "given_value", "result"), RENDERED)
def test_date_filter(source: str, given_value: JsonValue, result: JsonValue) -> None:
    assert value(source, {"x": given_value}) == result


UNKNOWN_CONDITION = (
    "`carbon_condition` knows is_today, is_yesterday, is_tomorrow, is_past, is_future, is_weekend, is_weekday"
    " and within_7_days (also minutes, hours, weeks)."
)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("{{ 'soon' | carbon_date: 'Y' }}", "`carbon_date` was given what is no date."),
        ("{{ 'soon' | carbon_condition: 'is_past' }}", "`carbon_condition` was given what is no date."),
        (
            "{{ 'now' | carbon_condition: 'is_monday' }}",
            UNKNOWN_CONDITION,
        ),
        ("{{ 'now' | date: long }}", "A format for `date` has at most 256 characters."),
        ("{{ 'now' | carbon_date: long }}", "A format for `carbon_date` has at most 256 characters."),
        *(
            (
                f"{{{{ 'now' | carbon_date: 'Y', {zone} }}}}",
                'There is no such time zone; a name such as "Europe/Berlin" is one.',
            )
            for zone in ("'Mars/Olympus'", "'../etc/passwd'", "'/etc/passwd'", "'Europe'", "'localtime'", "5", "''")
        ),
    ],
)
def test_date_that_cannot_be_written_is_refused(source: str, sentence: str) -> None:
    assert refusal(source, {"long": "%" * 257}).message == sentence


def test_a_format_of_the_longest_length_is_written() -> None:
    assert text("{{ 'now' | date: long }}", {"long": "x" * 256}) == "x" * 256


def test_without_a_moment_handed_in_now_is_no_date() -> None:
    template = TextTemplate("{{ 'now' | date: '%Y' }}|{{ now }}")
    assert template.render({}, standing_budget()) == "now|"


def test_now_is_the_moment_handed_in() -> None:
    assert text("{{ now }}") == NOW
    assert text("{{ now | carbon_date: 'D, d M Y' }}") == "Fri, 31 Oct 2025"
