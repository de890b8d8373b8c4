"""Starts a workflow when somebody asks for it, with a context of their own."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.json import JsonObject, JsonValue
from app.graph.context import TriggerInput
from app.graph.node import Settings, Trigger
from app.graph.schedule import SCHEDULED, tick_of


class ManualTrigger(Trigger):
    component_id = "manual_trigger"
    settings_type = Settings
    trigger_type = "manual"
    outputs: ClassVar[Mapping[str, str]] = {
        "trigger_type": "How the run was started: `manual`.",
        "run_id": "The id of the run.",
        "context": "What the run was started with.",
        "*": "Each key of the context beside them.",
    }
    example: ClassVar[JsonObject] = {"description": "Started by hand."}

    def output(self, given: TriggerInput) -> Mapping[str, JsonValue]:
        """Return the context's keys beside the context itself; none of them replaces what the run says of itself.

        The workflow's own schedule may start it too: the context then says what the run is for.
        """
        if given.trigger_type == SCHEDULED:
            return _shown(SCHEDULED, given.run_id, tick_of(given.payload))
        context = given.payload.get("context")
        return _shown(self.trigger_type, given.run_id, context if isinstance(context, Mapping) else {})


def _shown(trigger_type: str, run_id: str, context: JsonObject) -> JsonObject:
    return {**context, "trigger_type": trigger_type, "run_id": run_id, "context": context}
