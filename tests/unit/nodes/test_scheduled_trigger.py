"""The trigger of workflows that start by the clock, and the manual one where a schedule starts it."""

import pytest

from app.core.json import JsonValue
from app.graph.context import TriggerInput
from app.graph.node import Trigger
from tests.factories.steps import bind, faults

TICK: dict[str, JsonValue] = {"scheduled_for": "2026-03-04T05:00:00.000000Z", "missed": 2}


def output(component_id: str, payload: dict[str, JsonValue]) -> object:
    trigger = bind(component_id, {})
    assert isinstance(trigger, Trigger)
    return trigger.output(TriggerInput("fl_run_1", "scheduled", payload))


def test_it_shows_what_the_run_is_for() -> None:
    assert output("scheduled_trigger", TICK) == {"trigger_type": "scheduled", "run_id": "fl_run_1", **TICK}


def test_without_a_payload_nothing_was_missed() -> None:
    expected = {"trigger_type": "scheduled", "run_id": "fl_run_1", "scheduled_for": None, "missed": 0}
    assert output("scheduled_trigger", {}) == expected


def test_a_manual_trigger_that_a_schedule_starts_shows_it_as_its_context() -> None:
    expected = {"trigger_type": "scheduled", "run_id": "fl_run_1", **TICK, "context": TICK}
    assert output("manual_trigger", TICK) == expected


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"schedule_type": None, "schedule_value": None, "timezone": None},
        {"schedule_type": "manual", "schedule_value": "whatever"},
        {"schedule_type": "interval", "schedule_value": "5 minutes"},
        {"schedule_type": "interval"},
        {"schedule_type": "daily"},
        {"schedule_value": "whatever"},
        {"timezone": "America/New_York"},
    ],
)
def test_what_it_takes(settings: dict[str, JsonValue]) -> None:
    assert isinstance(bind("scheduled_trigger", settings), Trigger)


@pytest.mark.parametrize(
    ("settings", "path", "message"),
    [
        (
            {"schedule_type": "yearly"},
            "schedule_type",
            (
                "\"schedule_type\" must be 'manual', 'interval', 'cron', 'daily', 'weekly' or 'monthly'; it is"
                ' the text "yearly".'
            ),
        ),
        ({"schedule_value": 5}, "schedule_value", '"schedule_value" must be a text; it is 5.'),
        ({"schedule_value": "x" * 256}, "schedule_value", '"schedule_value" must have at most 255 characters.'),
        (
            {"schedule_type": "daily", "schedule_value": "noon"},
            "schedule_value",
            (
                '"schedule_value" of a daily schedule is a time such as "09:30", from "00:00" to "23:59"; it is the'
                ' text "noon".'
            ),
        ),
        (
            {"schedule_type": "cron", "schedule_value": "0 0 31 2 *"},
            "schedule_value",
            'The cron expression "0 0 31 2 *" never comes true: no month that it names has such a day.',
        ),
        (
            {"timezone": "Mars/Olympus"},
            "timezone",
            (
                '"timezone" must be the name of a time zone in the IANA database, such as Europe/Berlin; it is the text'
                ' "Mars/Olympus".'
            ),
        ),
        ({"timezone": 1}, "timezone", '"timezone" must be a text; it is 1.'),
    ],
)
def test_what_it_refuses(settings: dict[str, JsonValue], path: str, message: str) -> None:
    assert faults("scheduled_trigger", settings) == {path: message}
