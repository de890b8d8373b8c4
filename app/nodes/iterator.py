"""Runs its body, which hangs on the handle `item`, once for each item of an array."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.array_operators import array_of
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.node import Action, ActionSettings
from app.graph.outcome import DONE, ERROR, ITEM, Iterate, Outcome
from app.graph.plain_number import NO_TRUTH
from app.graph.shapes import ListTemplate
from app.graph.template import ValueTemplate

MAX_ITEMS = 1_000  # the hosted API's limit
MAX_CONCURRENCY = 50


class IteratorSettings(ActionSettings):
    array: ListTemplate = Field(
        description="The items: a list, usually a template such as {{ n1.body.items }}. At most 1,000."
    )
    mode: Literal["sequential", "parallel"] = Field(
        default="sequential", description="Whether an item waits for the one before it, or several run at a time."
    )
    concurrency: Annotated[int, NO_TRUTH] = Field(
        default=10, ge=1, le=MAX_CONCURRENCY, description="How many items run at a time, with the mode parallel."
    )
    on_item_error: Literal["stop", "continue"] = Field(
        default="stop",
        description="Whether the step fails with the first item that fails, after which no other is begun, or goes on.",
    )

    @field_validator("array")
    @classmethod
    def _is_an_array(cls, array: ValueTemplate) -> ValueTemplate:
        try:
            _items(array.source if array.is_static else [])
        except PermanentError as error:
            raise ValueError(error.message) from None
        return array


class Iterator(Action):
    component_id = "iterator"
    settings_type = IteratorSettings
    iterates = True
    parks = True
    success_handle = DONE
    outputs: ClassVar[Mapping[str, str]] = {
        "count": "How many items there are.",
        "items": "The result of each item, null for one that failed; the log shows the first 20.",
        "errors": "For each item that failed its `index` and a `message`.",
    }
    example: ClassVar[JsonObject] = {"array": "{{ trigger.context.orders }}", "mode": "parallel", "concurrency": 5}

    def __init__(self, node_id: str, settings: IteratorSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    def handles(self) -> tuple[str, ...]:
        return (ITEM, DONE, ERROR)

    async def run(self, ctx: NodeContext) -> Outcome:
        """Find the items. Raises `PermanentError` for what is no array, or has too many."""
        settings = self.settings
        items = _items(await ctx.render(settings.array))
        concurrency = settings.concurrency if settings.mode == "parallel" else 1
        return Iterate(items, concurrency, stops=settings.on_item_error == "stop")


def _items(array: JsonValue) -> Sequence[JsonValue]:
    items = array_of("array", array)
    if len(items) > MAX_ITEMS:
        raise PermanentError(f'"array" has {len(items):,} items; an iterator takes at most {MAX_ITEMS:,}.')
    return items
