"""Keeps the items of an array that a rule holds for, or the others."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from app.core.json import JsonObject
from app.graph.array_operators import array_of
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.filtering import Filtering
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.rules import ITEM, Rule
from app.graph.shapes import ListTemplate
from app.graph.template import ValueTemplate


class ArrayFilterSettings(ActionSettings):
    own_roots: ClassVar[Mapping[str, frozenset[str]]] = {"rules": frozenset({ITEM})}

    array: ListTemplate = Field(description="The array, usually a template such as {{ n1.body.items }}.")
    rules: Rule = Field(description="A comparison, or a group of them, that reads each item as {{ item }}.")
    mode: Literal["include", "exclude"] = Field(
        default="include", description="Whether the items that the rules hold for are kept, or left out."
    )

    @field_validator("array")
    @classmethod
    def _is_an_array(cls, array: ValueTemplate) -> ValueTemplate:
        if array.is_static:
            try:
                array_of("array", array.source)
            except PermanentError as error:
                raise ValueError(error.message) from None
        return array


class ArrayFilter(Action):
    component_id = "array_filter"
    settings_type = ArrayFilterSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "items": "The items that were kept, in their order.",
        "count": "How many those are.",
    }
    example: ClassVar[JsonObject] = {
        "array": "{{ trigger.context.orders }}",
        "rules": {
            "logic": "and",
            "rules": [
                {"type": "string", "input": "{{ item.status }}", "operator": "equals", "value": "open"},
                {"type": "number", "input": "{{ item.total }}", "operator": "greater_than", "value": 100},
            ],
        },
    }

    def __init__(self, node_id: str, settings: ArrayFilterSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        items = array_of("array", await ctx.render(self.settings.array))
        kept = await ctx.render(Filtering(self.settings.rules, items, self.settings.mode == "include"))
        return Success({"items": kept, "count": len(kept)})
