"""Makes one object out of values from anywhere in the run."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.assembly import Assembly, parse_key
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.kinds import shown
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.shapes import ObjectTemplate
from app.graph.template import TextTemplate, ValueTemplate


class Mapped(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    key: TextTemplate = Field(description="Where the value goes: dots lead into objects, [] appends to a list.")
    value: ValueTemplate = Field(description="What goes there.")
    default: ValueTemplate | None = Field(default=None, description="Taken where the value is null or missing.")

    @field_validator("key")
    @classmethod
    def _leads_somewhere(cls, key: TextTemplate) -> TextTemplate:
        if key.is_static:
            parse_key(str(key.source))
        return key


class DataMapperSettings(ActionSettings):
    source: ObjectTemplate | None = Field(default=None, description="The object to start from; a new one if left out.")
    mappings: tuple[Mapped, ...] = Field(max_length=500, description="Done in this order.")

    @field_validator("source")
    @classmethod
    def _is_an_object(cls, source: ValueTemplate | None) -> ValueTemplate | None:
        if source and source.is_static and not isinstance(source.source, Mapping):
            raise ValueError(_wrong_source(source.source))
        return source


class DataMapper(Action):
    component_id = "data_mapper"
    settings_type = DataMapperSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "*": "The object that was built.",
    }
    example: ClassVar[JsonObject] = {
        "mappings": [
            {"key": "customer.name", "value": "{{ trigger.context.name }}", "default": "unknown"},
            {"key": "tags[]", "value": "new"},
        ]
    }

    def __init__(self, node_id: str, settings: DataMapperSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        assembly = Assembly(await self._source(ctx))
        for mapped in self.settings.mappings:
            key, value = await ctx.render(mapped.key), await ctx.render(mapped.value)
            if value is None and mapped.default:
                value = await ctx.render(mapped.default)
            try:
                assembly.put(parse_key(key), value)
            except ValueError as error:
                raise PermanentError(str(error)) from None
        return Success(assembly.result)

    async def _source(self, ctx: NodeContext) -> JsonObject:
        source = await ctx.render(self.settings.source) if self.settings.source else None
        if source is None:
            return {}
        if isinstance(source, Mapping):
            return source
        raise PermanentError(_wrong_source(source))


def _wrong_source(source: JsonValue) -> str:
    return f'"source" must be an object; it is {shown(source)}.'
