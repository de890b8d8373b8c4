"""The base of triggers that other workflows call."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.json import JsonValue
from app.graph.checked_trigger import CheckedTrigger, CheckedTriggerSettings
from app.graph.context import TriggerInput


class CalledTrigger(CheckedTrigger):
    """Its payload is what the caller gives; where no workflow called, there is no parent."""

    settings_type = CheckedTriggerSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "trigger_type": "How the run was started: `workflow`.",
        "run_id": "The id of the run.",
        "payload": "What the caller gave.",
        "parent_run_id": "The run that called; null where none did.",
    }
    trigger_type = "workflow"

    def output(self, given: TriggerInput) -> Mapping[str, JsonValue]:
        return {
            "trigger_type": self.trigger_type,
            "run_id": given.run_id,
            "payload": given.payload.get("payload"),
            "parent_run_id": given.parent_run_id,
        }
