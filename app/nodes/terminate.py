"""Ends the run here and now."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Finish, Outcome
from app.graph.template import TextTemplate, ValueTemplate


class TerminateSettings(ActionSettings):
    status: Literal["completed", "failed"] = Field(default="completed", description="How the run ends.")
    message: TextTemplate | None = Field(default=None, description="Why; a failed run shows it as its error message.")
    output: ValueTemplate | None = Field(
        default=None, description="The run's result; what is no object becomes the key value of one."
    )


class Terminate(Action):
    component_id = "terminate"
    settings_type = TerminateSettings
    ends_run = True
    outputs: ClassVar[Mapping[str, str]] = {
        "*": "What the setting `output` has; `value` where that is no object, `message` where there is none.",
    }
    example: ClassVar[JsonObject] = {
        "status": "failed",
        "message": "Order {{ trigger.context.order_id }} has no address.",
        "output": {"order_id": "{{ trigger.context.order_id }}"},
    }

    def __init__(self, node_id: str, settings: TerminateSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        settings = self.settings
        message = await ctx.render(settings.message) if settings.message else ""
        output = await ctx.render(settings.output) if settings.output else _said(message)
        result = output if isinstance(output, Mapping) else {"value": output}
        if settings.status == "completed":
            return Finish(completed=True, output=result)
        reason = message.strip() or f"The node {self.node_id} ended the run as failed."
        return Finish(completed=False, output=result, message=reason)


def _said(message: str) -> JsonValue:
    return {"message": message} if message else {}
