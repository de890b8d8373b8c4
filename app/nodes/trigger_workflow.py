"""Calls another workflow, and waits for its result or does not."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.errors import PermanentError, TemporaryError
from app.graph.kinds import kind_of
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Call, Outcome, Success
from app.graph.shapes import ObjectTemplate
from app.graph.template import TextTemplate, ValueTemplate
from app.graph.template.program import is_liquid

_COMPLETED = "completed"


class TriggerWorkflowSettings(ActionSettings):
    workflow_id: TextTemplate = Field(
        description="The id of the workflow to call, which begins with a workflow, subflow or manual trigger."
    )
    payload: ObjectTemplate | None = Field(
        default=None,
        description="An object that its trigger gets: as payload, or as context where the trigger is a manual one.",
    )
    wait: bool = Field(default=True, description="Whether to wait until the called workflow's run has ended.")

    @field_validator("workflow_id")
    @classmethod
    def _names_a_workflow(cls, workflow_id: TextTemplate) -> TextTemplate:
        if workflow_id.is_static and not str(workflow_id.source).strip():
            raise ValueError('"workflow_id" must name the workflow to call, such as fl_01kaq3v0c3s8y5b1f7f3q2d6te.')
        return workflow_id

    @field_validator("payload")
    @classmethod
    def _is_an_object(cls, payload: ValueTemplate | None) -> ValueTemplate | None:
        if payload and payload.is_static and not isinstance(payload.source, Mapping):
            raise ValueError(_no_object(payload.source))
        return payload


class TriggerWorkflow(Action):
    component_id = "trigger_workflow"
    settings_type = TriggerWorkflowSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "run_id": "The run that was started.",
        "status": "How it ended; `pending` where the node does not wait.",
        "output": "What it resulted in, where the node waits.",
    }
    example: ClassVar[JsonObject] = {
        "workflow_id": "fl_01kaq3v0c3s8y5b1f7f3q2d6te",
        "payload": {"customer": "{{ trigger.context.customer }}"},
    }

    def __init__(self, node_id: str, settings: TriggerWorkflowSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def parks(self) -> bool:
        return self.settings.wait

    async def run(self, ctx: NodeContext) -> Outcome:
        workflow_id = (await ctx.render(self.settings.workflow_id)).strip()
        if not workflow_id:
            raise PermanentError('"workflow_id" came to nothing; it must be the id of the workflow to call.')
        payload = await ctx.render(self.settings.payload) if self.settings.payload else {}
        if not isinstance(payload, Mapping):
            raise PermanentError(_no_object(payload))
        return Call(workflow_id, payload, waits=self.settings.wait)

    async def resume(self, ctx: NodeContext, resolution: Mapping[str, JsonValue]) -> Outcome:  # noqa: ARG002 -- the base's
        """Take over what the called workflow's run came to. Raises `TemporaryError` where it failed."""
        result = {name: resolution.get(name) for name in ("run_id", "status", "output")}
        if result["status"] == _COMPLETED:
            return Success(result)
        reason = resolution.get("error_message") or "it does not say why."
        raise TemporaryError(f"The called workflow's run {result['run_id']} failed: {reason}", result)


def static_callee(data: JsonObject) -> str | None:
    """Return the workflow that a node calls, by what it says; None where nothing or only a run tells."""
    named = data.get("workflow_id")
    if not isinstance(named, str | int | float) or is_liquid(str(named)):
        return None
    return str(TextTemplate.of(named).source).strip() or None


def _no_object(payload: JsonValue) -> str:
    return f'"payload" must be an object, such as {{"customer": "Ada"}}; it is {kind_of(payload)}.'
