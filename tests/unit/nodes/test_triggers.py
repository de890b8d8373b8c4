import pytest

from app.core.json import JsonValue
from app.graph.context import TriggerInput
from app.graph.errors import PermanentError
from app.graph.node import Trigger
from app.nodes import COMPONENTS
from app.nodes.event_trigger import EventTrigger
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


def test_an_event_trigger_shows_the_event() -> None:
    settings: dict[str, JsonValue] = {"event": "site.*"}

    assert output("event_trigger", {"event": "site.added", "payload": [1]}, settings) == {
        "trigger_type": "event",
        "run_id": "fl_run_1",
        "event": "site.added",
        "payload": [1],
    }


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


@pytest.mark.parametrize(
    ("alias", "event"),
    [
        ("site_added", "site.added"),
        ("site_removed", "site.removed"),
        ("site_offline", "site.offline"),
        ("site_online", "site.online"),
        ("wan_offline", "wan.offline"),
        ("wan_online", "wan.online"),
        ("wan_packet_loss", "wan.packet_loss_started"),
        ("wan_packet_loss_resolved", "wan.packet_loss_resolved"),
        ("sns_trigger", "sns.notification"),
    ],
)
def test_an_alias_listens_to_an_event_of_its_own(alias: str, event: str) -> None:
    assert bound(alias, {}).listens_to == bound(alias, {"event": event}).listens_to == event
    message = f'"event" of a {alias} is always the text "{event}"; leave it out.'
    assert faults(alias, {"event": "site.*"}) == {"event": message}


def test_an_event_trigger_listens_to_its_event_and_others_to_none() -> None:
    assert bound("event_trigger", {"event": "a.*"}).listens_to == "a.*"
    assert bound("manual_trigger", {}).listens_to is None
    assert bound("manual_trigger", {}).input_schema is None


@pytest.mark.parametrize("event", ["", "a b", "a.*.b", "{{ x }}"])
def test_an_event_that_cannot_be_sent_is_refused(event: str) -> None:
    assert faults("event_trigger", {"event": event})["event"].startswith("What to listen to is an event such as")


def test_an_event_trigger_needs_an_event() -> None:
    assert faults("event_trigger", {}) == {"event": '"event" is required.'}
    assert faults("event_trigger", {"event": 5}) == {"event": '"event" must be a text; it is 5.'}


NOW = "2026-03-04T05:06:07.000000Z"


def rule(given: str, operator: str, value: JsonValue = None, kind: str = "string") -> dict[str, JsonValue]:
    return {"type": kind, "input": given, "operator": operator, "value": value}


def admits(filter_: JsonValue, payload: JsonValue) -> bool:
    trigger = bound("event_trigger", {"event": "*", "filter": filter_})
    assert isinstance(trigger, EventTrigger)
    return trigger.admits("site.added", payload, NOW)


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (None, True),
        (rule("{{ payload.region }}", "equals", "eu"), True),
        (rule("{{ payload.region }}", "equals", "us"), False),
        (rule("{{ event }}", "equals", "site.added"), True),
        (
            rule(
                "{{ trigger.trigger_type }} {{ trigger.event }} {{ trigger.payload.region }}",
                "equals",
                "event site.added eu",
            ),
            True,
        ),
        (rule("{{ now }}", "equals", NOW, "date"), True),
        (rule("{{ payload.tags }}", "any", rule("{{ item }}-{{ payload.region }}", "equals", "b-eu"), "array"), True),
    ],
)
def test_a_filter_reads_the_event(filter_: JsonValue, expected: bool) -> None:  # noqa: FBT001 -- a table
    assert admits(filter_, {"region": "eu", "tags": ["a", "b"]}) is expected


def test_a_filter_that_cannot_be_applied_says_why() -> None:
    with pytest.raises(PermanentError, match=r'^"input" must be a number; it is null\.$'):
        admits(rule("{{ payload.n }}", "greater_than", 1, "number"), {})


def test_a_filter_has_a_twentieth_of_a_second() -> None:
    many = "{% for a in (1..9000) %}{{ a }}{% endfor %}"
    slow: JsonValue = {"logic": "and", "rules": [rule(many * 20, "is_not_empty")] * 5}
    with pytest.raises(PermanentError, match=r"took longer than 50 ms|make more than"):
        admits(slow, {})


@pytest.mark.parametrize(
    ("given", "root"),
    [("{{ n1.x }}", "n1"), ("{{ vault.x }}", "vault"), ("{{ item }}", "item"), ("{{ run.id }}", "run")],
)
def test_a_filter_that_reads_what_is_not_there_yet_is_refused(given: str, root: str) -> None:
    filter_: JsonValue = {"logic": "and", "rules": [rule(given, "is_empty")]}
    message = (
        f'"filter.rules[0].input" reads {root}; there is no run yet when a filter is looked at, so that it reads event,'
        " now, payload, trigger only."
    )
    assert faults("event_trigger", {"event": "a", "filter": filter_}) == {"filter": message}


def test_a_description_is_a_text() -> None:
    assert faults("manual_trigger", {"description": 5}) == {"description": '"description" must be a text; it is 5.'}
