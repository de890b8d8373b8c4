"""Starts a workflow whose caller waits for its answer."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.json import JsonObject, JsonValue
from app.graph.checked_trigger import CheckedTrigger, CheckedTriggerSettings
from app.graph.context import TriggerInput


class SyncRequestTrigger(CheckedTrigger):
    component_id = "sync_request_trigger"
    settings_type = CheckedTriggerSettings
    trigger_type = "sync"
    is_awaited = True
    outputs: ClassVar[Mapping[str, str]] = {
        "trigger_type": "How the run was started: `sync`.",
        "run_id": "The id of the run.",
        "payload": "The object that the caller posted.",
    }
    example: ClassVar[JsonObject] = {
        "description": "Asked by the shop for a quote.",
        "input_schema": {"type": "object", "required": ["items"], "properties": {"items": {"type": "array"}}},
    }

    def output(self, given: TriggerInput) -> Mapping[str, JsonValue]:
        return {
            "trigger_type": self.trigger_type,
            "run_id": given.run_id,
            "payload": given.payload.get("payload", {}),
        }
