import pytest

from app.core.json import JsonValue
from app.graph.context import TriggerInput
from app.graph.node import Trigger
from app.nodes import COMPONENTS
from tests.factories.steps import bind, faults

CHECKED = ["sync_request_trigger", "workflow_trigger", "subflow_trigger"]  # what they are given can be checked first


def bound(component_id: str, settings: dict[str, JsonValue]) -> Trigger:
    trigger = bind(component_id, settings)
    assert isinstance(trigger, Trigger), trigger
    return trigger


def output(component_id: str, payload: dict[str, JsonValue], settings: dict[str, JsonValue] | None = None) -> object:
    trigger = bound(component_id, settings or {})
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


@pytest.mark.parametrize(
    "component_id",
    ["manual_trigger", "webhook_trigger", "sync_request_trigger", "workflow_trigger", "subflow_trigger", "site_added"],
)
def test_a_trigger_has_the_default_handle_alone(component_id: str) -> None:
    trigger = bind(component_id, {"description": "Begins here.", "somebody_elses": 1})

    assert isinstance(trigger, Trigger)
    assert trigger.handles() == ("default",)
    assert not trigger.has_effect
    assert not trigger.responds


@pytest.mark.parametrize("component_id", ["workflow_trigger", "subflow_trigger"])
@pytest.mark.parametrize("parent_run_id", [None, "fl_run_0"])
def test_a_trigger_that_is_called_shows_the_payload_and_who_called(
    component_id: str, parent_run_id: str | None
) -> None:
    trigger = bound(component_id, {})
    given = TriggerInput("fl_run_1", trigger.trigger_type, {"payload": {"a": 1}}, parent_run_id)

    assert trigger.output(given) == {
        "trigger_type": "workflow",
        "run_id": "fl_run_1",
        "payload": {"a": 1},
        "parent_run_id": parent_run_id,
    }


@pytest.mark.parametrize(("payload", "shown"), [({"payload": {"a": [1]}}, {"a": [1]}), ({"payload": {}}, {}), ({}, {})])
def test_a_sync_trigger_shows_the_payload_or_an_empty_one(payload: dict[str, JsonValue], shown: JsonValue) -> None:
    assert output("sync_request_trigger", payload) == {"trigger_type": "sync", "run_id": "fl_run_1", "payload": shown}


def test_the_caller_of_a_sync_trigger_alone_waits_for_the_answer() -> None:
    awaited = {kind.component_id for kind in COMPONENTS if issubclass(kind, Trigger) and kind.is_awaited}

    assert awaited == {"sync_request_trigger"}


@pytest.mark.parametrize("component_id", CHECKED)
def test_a_trigger_can_say_what_it_takes(component_id: str) -> None:
    schema = bound(component_id, {"input_schema": {"required": ["a"]}}).input_schema

    assert schema is not None
    assert [fault.message for fault in schema.faults({})] == ['"a" is a required property.']
    assert bound(component_id, {"input_schema": None}).input_schema is None
    assert bound(component_id, {}).input_schema is None


@pytest.mark.parametrize("component_id", CHECKED)
@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (5, "A JSON Schema must be an object, or true or false; it is 5."),
        (
            {"$ref": "https://example.com/schema"},
            (
                '"https://example.com/schema" is out of reach: a $ref leads to a part of its own schema,'
                ' as "#/$defs/x" does.'
            ),
        ),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(component_id: str, schema: JsonValue, message: str) -> None:
    assert faults(component_id, {"input_schema": schema}) == {"input_schema": message}


def test_a_description_is_a_text() -> None:
    assert faults("manual_trigger", {"description": 5}) == {"description": '"description" must be a text; it is 5.'}
