"""Starts a workflow by the clock: at intervals, by a cron expression, daily, weekly or monthly."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, ValidationInfo, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import TriggerInput
from app.graph.node import Settings, Trigger
from app.graph.schedule import (
    MAX_VALUE_CHARACTERS,
    SCHEDULED,
    SCHEDULED_TRIGGER,
    ScheduleType,
    check_value,
    check_zone,
    tick_of,
)


class ScheduledTriggerSettings(Settings):
    schedule_type: ScheduleType | None = Field(
        default=None, description="What kind of schedule it is; where it is not set, the workflow's own field says so."
    )
    schedule_value: str | None = Field(
        default=None,
        max_length=MAX_VALUE_CHARACTERS,
        description='When it starts: "5 minutes", "0 9 * * mon-fri", "09:30", "mon 09:30" or "15 09:30", by its kind.',
    )
    timezone: str | None = Field(
        default=None, description="The time zone whose clocks it follows, by its IANA name, such as Europe/Berlin."
    )

    @field_validator("schedule_value")
    @classmethod
    def _is_of_its_type(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Say nothing of a type without a value: it may find one among the workflow's own fields."""
        kind = info.data.get("schedule_type")
        if kind is not None and value is not None:
            check_value(kind, value)
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        if name is not None:
            check_zone(name)
        return name


class ScheduledTrigger(Trigger):
    component_id = SCHEDULED_TRIGGER
    settings_type = ScheduledTriggerSettings
    trigger_type = SCHEDULED
    outputs: ClassVar[Mapping[str, str]] = {
        "trigger_type": "How the run was started: `scheduled`.",
        "run_id": "The id of the run.",
        "scheduled_for": "The moment for which it was planned.",
        "missed": "How many later ones had passed when it was started.",
    }
    example: ClassVar[JsonObject] = {
        "schedule_type": "cron",
        "schedule_value": "30 6 * * mon-fri",
        "timezone": "Europe/Berlin",
    }

    def output(self, given: TriggerInput) -> Mapping[str, JsonValue]:
        return {"trigger_type": self.trigger_type, "run_id": given.run_id, **tick_of(given.payload)}
