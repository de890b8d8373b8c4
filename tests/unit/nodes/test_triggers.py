import pytest

from app.core.json import JsonValue
from app.graph.context import TriggerInput
from app.graph.node import Trigger
from tests.factories.steps import bind, faults


def output(component_id: str, payload: dict[str, JsonValue]) -> object:
    trigger = bind(component_id, {})
    assert isinstance(trigger, Trigger)
    return trigger.output(TriggerInput("fl_run_1", trigger.trigger_type, payload))


def test_a_manual_trigger_shows_the_context_and_its_keys() -> None:
    assert output("manual_trigger", {"context": {"user_id": "u1"}}) == {
        "user_id": "u1",
        "trigger_type": "manual",
        "run_id": "fl_run_1",
        "context": {"user_id": "u1"},
    }


def test_keys_of_the_context_replace_nothing_that_the_run_says_of_itself() -> None:
    context: dict[str, JsonValue] = {"trigger_type": "x", "run_id": "x", "context": "x"}

    assert output("manual_trigger", {"context": context}) == {
        "trigger_type": "manual",
        "run_id": "fl_run_1",
        "context": context,
    }


@pytest.mark.parametrize("payload", [{}, {"context": None}, {"context": [1]}])
def test_a_manual_trigger_without_a_context_has_an_empty_one(payload: dict[str, JsonValue]) -> None:
    assert output("manual_trigger", payload) == {"trigger_type": "manual", "run_id": "fl_run_1", "context": {}}


def test_a_webhook_trigger_shows_the_call() -> None:
    payload: dict[str, JsonValue] = {
        "webhook_payload": {"a": 1},
        "headers": {"x-a": "1"},
        "query": {"q": "2"},
    }

    assert output("webhook_trigger", payload) == {
        "trigger_type": "webhook",
        "run_id": "fl_run_1",
        "webhook_payload": {"a": 1},
        "body": {"a": 1},
        "headers": {"x-a": "1"},
        "query": {"q": "2"},
    }


def test_a_webhook_trigger_without_a_call_has_empty_parts() -> None:
    assert output("webhook_trigger", {}) == {
        "trigger_type": "webhook",
        "run_id": "fl_run_1",
        "webhook_payload": None,
        "body": None,
        "headers": {},
        "query": {},
    }


@pytest.mark.parametrize("component_id", ["manual_trigger", "webhook_trigger"])
def test_a_trigger_has_the_default_handle_alone(component_id: str) -> None:
    trigger = bind(component_id, {"description": "Begins here.", "somebody_elses": 1})

    assert isinstance(trigger, Trigger)
    assert trigger.handles() == ("default",)
    assert not trigger.has_effect
    assert not trigger.responds


@pytest.mark.parametrize("setting", ["verification", "challenge"])
def test_a_check_that_would_not_be_made_is_refused(setting: str) -> None:
    message = "Checking signatures and answering handshakes is not available in this version; leave this setting out."

    assert faults("webhook_trigger", {setting: "slack"}) == {setting: message}
    assert isinstance(bind("webhook_trigger", {setting: None}), Trigger)


def test_a_description_is_a_text() -> None:
    assert faults("manual_trigger", {"description": 5}) == {"description": '"description" must be a text; it is 5.'}
