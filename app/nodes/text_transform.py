"""Makes a text from a template, and reads it as JSON where it is JSON."""

from typing import ClassVar

from pydantic import Field

from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.foreign import parse_json
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.template import TextTemplate


class TextTransformSettings(ActionSettings):
    template: TextTemplate = Field(description="The text, with templates in it.")
    is_response: bool = Field(default=False, description="Whether this output is the run's result.")
    status_code: int | None = Field(default=None, ge=200, le=599, description="Status of a synchronous answer.")
    content_type: str | None = Field(default=None, description="Content type of a synchronous answer.")


class TextTransform(Action):
    component_id = "text_transform"
    settings_type = TextTransformSettings
    example: ClassVar[JsonObject] = {"template": "Hello {{ trigger.context.name | default: 'stranger' }}!"}

    def __init__(self, node_id: str, settings: TextTransformSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def responds(self) -> bool:
        return self.settings.is_response

    async def run(self, ctx: NodeContext) -> Outcome:
        """Output the text, and as `result` what it says as JSON, or the text again where it is no JSON."""
        text = await ctx.render(self.settings.template)
        return Success({"text": text, "result": _read(text)})


def _read(text: str) -> JsonValue:
    try:
        return parse_json(text)
    except ValueError:
        return text
