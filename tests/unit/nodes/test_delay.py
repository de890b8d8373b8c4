from datetime import timedelta

import pytest

from app.core.json import JsonValue
from app.graph.outcome import Success, Wait, WaitKind
from tests.factories.steps import NOW, StepContext, action, failure_of, faults, outcome_of

UNITS = "must be 'seconds', 'minutes', 'hours' or 'days'; it is"


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({"duration": 5}, 5),
        ({"duration": 0}, 0),
        ({"duration": 900}, 900),
        ({"duration": 0.5}, 0.5),
        ({"duration": "15", "unit": "minutes"}, 900),
        ({"duration": 0.25, "unit": "hours"}, 900),
        ({"duration": 0.01, "unit": "days"}, 864),
        ({"duration": 2, "unit": "Minute"}, 120),
        ({"duration": 2, "unit": "min"}, 120),
        ({"duration": 2, "unit": "s"}, 2),
        ({"duration": "5 minutes"}, 300),
        ({"duration": " 1.5 min ", "unit": "days"}, 90),
        ({"duration": "90sec"}, 90),
        ({"delay": "5 minutes"}, 300),
        ({"delay": 3}, 3),
        ({"delay": 3, "unit": "minutes"}, 180),
        ({"duration": 1, "delay": "5 minutes"}, 1),
        ({"duration": "{{ n1.pause }}", "unit": "minutes"}, 120),
        ({"delay": "{{ n1.pause }}"}, 2),
    ],
)
async def test_the_run_waits_from_when_the_node_became_ready(settings: dict[str, JsonValue], seconds: float) -> None:
    outcome = await outcome_of("delay", settings, StepContext({"n1": {"pause": "2"}}))

    assert outcome == Wait(WaitKind.DELAY, NOW + timedelta(seconds=seconds))


async def test_after_the_wait_the_node_says_when_it_went_on() -> None:
    outcome = await action("delay", {"duration": 5}).resume(StepContext(), {"due_at": "2026-03-04T05:06:12.000000Z"})

    assert outcome == Success({"resumed_at": "2026-03-04T05:06:12.000000Z"})


@pytest.mark.parametrize(("pause", "comes_to"), [(901, "901"), (-1, "-1"), (1e18, "1e+18")])
async def test_a_wait_that_turns_out_too_long_fails_the_node(pause: float, comes_to: str) -> None:
    message = await failure_of("delay", {"duration": "{{ n1.pause }}"}, n1={"pause": pause})

    assert message == f'"duration" must come to between 0 and 900 seconds; it comes to {comes_to}.'


async def test_a_wait_that_is_no_number_fails_the_node() -> None:
    assert "number" in await failure_of("delay", {"duration": "{{ n1.pause }}"}, n1={"pause": "soon"})


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"duration": '"duration" is required.'}),
        (
            {"duration": None},
            {"duration": '"duration" must be a number, or a text with a template that comes to one; it is null.'},
        ),
        ({"duration": 901}, {"duration": '"duration" must come to between 0 and 900 seconds; it comes to 901.'}),
        ({"duration": -1}, {"duration": '"duration" must come to between 0 and 900 seconds; it comes to -1.'}),
        (
            {"duration": "1 Hour", "delay": 1},
            {"duration": '"duration" must come to between 0 and 900 seconds; it comes to 3600.'},
        ),
        ({"delay": "16 minutes"}, {"duration": '"duration" must come to between 0 and 900 seconds; it comes to 960.'}),
        ({"duration": 1, "unit": "weeks"}, {"unit": f'"unit" {UNITS} the text "weeks".'}),
        ({"duration": 1, "unit": 5}, {"unit": f'"unit" {UNITS} 5.'}),
        ({"duration": "3 parsecs"}, {"unit": f'"unit" {UNITS} the text "parsecs".'}),
        ({"duration": "soon"}, {"duration": '"duration" of n1: This must come to a number.'}),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("delay", settings) == expected


def test_waiting_changes_nothing_outside() -> None:
    assert not action("delay", {"duration": 5}).has_effect
