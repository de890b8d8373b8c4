"""Lets the run wait for a while."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success, Wait, WaitKind
from app.graph.shapes import number_within
from app.graph.template import NumberTemplate, StepBudget

MAX_SECONDS = 900  # longer pauses are what schedules are for

Unit = Literal["seconds", "minutes", "hours", "days"]

_SECONDS: Mapping[str, int] = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_SPELLINGS = {
    **{unit: unit for unit in _SECONDS},
    **{unit.removesuffix("s"): unit for unit in _SECONDS},
    **{unit[0]: unit for unit in _SECONDS},
    "sec": "seconds",
    "min": "minutes",
}
_IN_WORDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", re.ASCII | re.IGNORECASE)


class DelaySettings(ActionSettings):
    unit: Unit = Field(default="seconds", description="What the duration counts.")
    duration: Annotated[NumberTemplate, number_within(0, MAX_SECONDS)] = Field(
        description="How long to wait: at most 900 seconds; also a text such as 5 minutes."
    )

    @model_validator(mode="before")
    @classmethod
    def _spelled_in_words(cls, data: JsonObject) -> JsonObject:
        """Accept `duration` or `delay` as a text such as "5 minutes", and `delay` in place of `duration`."""
        duration = data.get("duration", data.get("delay"))
        words = _IN_WORDS.fullmatch(duration) if isinstance(duration, str) else None
        if words:
            return {**data, "duration": words[1], "unit": words[2]}
        return data if duration is None else {**data, "duration": duration}

    @field_validator("unit", mode="before")
    @classmethod
    def _in_full(cls, unit: JsonValue) -> JsonValue:
        return _SPELLINGS.get(unit.lower(), unit) if isinstance(unit, str) else unit

    @field_validator("duration")
    @classmethod
    def _is_short(cls, duration: NumberTemplate, info: ValidationInfo) -> NumberTemplate:
        if duration.is_static and "unit" in info.data:
            fault = _fault(duration.render({}, StepBudget()) * _SECONDS[info.data["unit"]])
            if fault:
                raise ValueError(fault)
        return duration


class Delay(Action):
    component_id = "delay"
    settings_type = DelaySettings
    parks = True
    outputs: ClassVar[Mapping[str, str]] = {
        "resumed_at": "The moment until which it waited.",
    }
    example: ClassVar[JsonObject] = {"duration": 5, "unit": "minutes"}

    def __init__(self, node_id: str, settings: DelaySettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        seconds = await ctx.render(self.settings.duration) * _SECONDS[self.settings.unit]
        fault = _fault(seconds)
        if fault:
            raise PermanentError(fault)
        return Wait(WaitKind.DELAY, ctx.now + timedelta(seconds=seconds))

    async def resume(self, ctx: NodeContext, resolution: Mapping[str, JsonValue]) -> Outcome:  # noqa: ARG002 -- the base's
        return Success({"resumed_at": resolution["due_at"]})


def _fault(seconds: float) -> str | None:
    if 0 <= seconds <= MAX_SECONDS:
        return None
    return f'"duration" must come to between 0 and {MAX_SECONDS} seconds; it comes to {seconds:g}.'
