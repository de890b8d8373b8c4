"""Starts a workflow when an event happens that it listens to."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import TriggerInput
from app.graph.events import check_pattern
from app.graph.node import Settings, Trigger
from app.graph.rules import Rule
from app.graph.template import StepBudget, iter_templates

ROOTS = frozenset({"event", "payload", "trigger", "now"})
FILTER_SECONDS = 0.05  # of one filter: an event may have to pass a thousand

_ALIASES: Mapping[str, str] = {
    "site_added": "site.added",
    "site_removed": "site.removed",
    "site_offline": "site.offline",
    "site_online": "site.online",
    "wan_offline": "wan.offline",
    "wan_online": "wan.online",
    "wan_packet_loss": "wan.packet_loss_started",
    "wan_packet_loss_resolved": "wan.packet_loss_resolved",
    "sns_trigger": "sns.notification",
}


class EventTriggerSettings(Settings):
    own_roots: ClassVar[Mapping[str, frozenset[str]]] = {"filter": ROOTS}

    event: str = Field(
        description="The event that starts the workflow, such as site.added, or a pattern of events, such as site.*."
    )
    filter: Rule | None = Field(
        default=None,
        description="Only events that this rule holds for start it; the rule reads event, payload, trigger and now.",
    )

    @field_validator("event")
    @classmethod
    def _is_one(cls, event: str) -> str:
        return check_pattern(event)

    @field_validator("filter")
    @classmethod
    def _reads_the_event(cls, rule: Rule | None) -> Rule | None:
        for setting in iter_templates(rule) if rule else ():
            others = {read.root for read in setting.reads} - ROOTS
            if others:
                raise ValueError(
                    f'"filter.{setting.path}" reads {", ".join(sorted(others))}; there is no run yet when a filter is'
                    f" looked at, so that it reads {', '.join(sorted(ROOTS))} only."
                )
        return rule


class EventTrigger(Trigger):
    component_id = "event_trigger"
    aliases = tuple(_ALIASES)
    fixed: ClassVar[Mapping[str, JsonObject]] = {alias: {"event": event} for alias, event in _ALIASES.items()}
    settings_type = EventTriggerSettings
    trigger_type = "event"
    outputs: ClassVar[Mapping[str, str]] = {
        "trigger_type": "How the run was started: `event`.",
        "run_id": "The id of the run.",
        "event": "The name of the event.",
        "payload": "What came with it.",
    }
    example: ClassVar[JsonObject] = {
        "event": "site.*",
        "filter": {
            "logic": "and",
            "rules": [{"type": "string", "input": "{{ payload.region }}", "operator": "equals", "value": "eu"}],
        },
    }

    def __init__(self, node_id: str, settings: EventTriggerSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def listens_to(self) -> str:
        return self.settings.event

    def admits(self, event: str, payload: JsonValue, now: str) -> bool:
        """Say whether the filter lets an event through. `now` is when it came in.

        May take a tenth of a second. Raises `PermanentError` where the filter cannot be applied to this payload.
        """
        rule = self.settings.filter
        if rule is None:
            return True
        known = {"event": event, "payload": payload}
        trigger = {"trigger_type": self.trigger_type, **known}
        return rule.render({**known, "trigger": trigger, "now": now}, StepBudget(seconds=FILTER_SECONDS))

    def output(self, given: TriggerInput) -> Mapping[str, JsonValue]:
        return {
            "trigger_type": self.trigger_type,
            "run_id": given.run_id,
            "event": given.payload.get("event"),
            "payload": given.payload.get("payload"),
        }
