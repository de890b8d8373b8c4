"""Changes a text by operations, one after the other, or makes a random one."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.template import ValueTemplate
from app.graph.text_operations import Chain, Operations, name_alone

MAX_OPERATIONS = 50


class StringTransformSettings(ActionSettings):
    input: ValueTemplate = Field(
        default=ValueTemplate(""), description="The text to begin with, or a list to join; random ones need none."
    )
    operations: Operations = Field(
        max_length=MAX_OPERATIONS,
        description="Done in this order: each a name, or an object with a name as operation and parameters.",
        json_schema_extra=name_alone,
    )


class StringTransform(Action):
    component_id = "string_transform"
    settings_type = StringTransformSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "result": "What the last operation made: a text, or a list of them.",
    }
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.name }}",
        "operations": ["trim", {"operation": "truncate", "length": 40}, {"operation": "slug", "separator": "_"}],
    }

    def __init__(self, node_id: str, settings: StringTransformSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        return Success({"result": await ctx.render(Chain(self.settings.input, self.settings.operations))})
