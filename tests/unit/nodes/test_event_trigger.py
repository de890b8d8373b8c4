"""The trigger of workflows that start by an event, its aliases, and the filter that an event passes."""

import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError
from app.nodes.event_trigger import EventTrigger
from tests.factories.steps import faults
from tests.unit.nodes.test_triggers import bound, output


def test_an_event_trigger_shows_the_event() -> None:
    settings: dict[str, JsonValue] = {"event": "site.*"}

    assert output("event_trigger", {"event": "site.added", "payload": [1]}, settings) == {
        "trigger_type": "event",
        "run_id": "fl_run_1",
        "event": "site.added",
        "payload": [1],
    }


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
