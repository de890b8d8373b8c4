"""Formats a date, calculates with it, or says how far it is from another one."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import ClassVar, Literal, get_args

from pydantic import Field, ValidationInfo, field_validator

from app.core.clock import format_time
from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.date_arithmetic import FIXED, end_of, shifted, start_of, units_between
from app.graph.date_operators import ANY_MOMENT, zone_named, zoned_date_of
from app.graph.errors import PermanentError
from app.graph.kinds import shown
from app.graph.node import Action, ActionSettings
from app.graph.operator import INPUT, Options
from app.graph.outcome import Outcome, Success
from app.graph.static_checks import check_static
from app.graph.template import NumberTemplate, TextTemplate, ValueTemplate
from app.graph.template.filters.carbon import php_format
from app.graph.template.limits import FORMAT_LENGTH

OTHER = "other"

Operation = Literal["format", "add", "subtract", "diff", "start_of", "end_of"]
Unit = Literal["seconds", "minutes", "hours", "days", "weeks", "months", "quarters", "years"]

_SPELLINGS = {unit.removesuffix("s"): unit for unit in get_args(Unit)}
_BOUNDS: Mapping[str, Callable[[datetime, str], datetime]] = {"start_of": start_of, "end_of": end_of}
_SIGNS = {"add": 1, "subtract": -1}


class DateTransformSettings(ActionSettings):
    input: ValueTemplate = Field(
        description="A date: a text such as 2026-01-15T09:30:00Z or March 14, 2026, seconds since 1970, or now."
    )
    operation: Operation = Field(default="format", description="What is done with the date.")
    unit: Unit = Field(default="days", description="What an amount or a difference counts, or begins and ends.")
    amount: NumberTemplate | None = Field(
        default=None,
        validate_default=True,
        description="How much add and subtract change; whole for days and longer units.",
    )
    other: ValueTemplate | None = Field(
        default=None,
        validate_default=True,
        description="The date that diff counts whole units to; the result is negative where it is before the input.",
    )
    format: TextTemplate | None = Field(
        default=None,
        description="How the result is written, in the letters of PHP such as Y-m-d H:i; left out: ISO 8601.",
    )
    timezone: TextTemplate | None = Field(
        default=None,
        description="The zone of the result, and of dates that name none; left out: that of the input, else UTC.",
    )

    @field_validator("input")
    @classmethod
    def _is_a_date(cls, date: ValueTemplate) -> ValueTemplate:
        check_static(date, lambda value: zoned_date_of(INPUT, value, ANY_MOMENT))
        return date

    @field_validator("other")
    @classmethod
    def _is_a_date_too(cls, date: ValueTemplate | None, info: ValidationInfo) -> ValueTemplate | None:
        if date is None and info.data.get("operation") == "diff":
            raise ValueError('"other" is required: the operation diff says how far the input is from it.')
        check_static(date, lambda value: zoned_date_of(OTHER, value, ANY_MOMENT))
        return date

    @field_validator("unit", mode="before")
    @classmethod
    def _in_full(cls, unit: JsonValue) -> JsonValue:
        return _SPELLINGS.get(unit.lower(), unit.lower()) if isinstance(unit, str) else unit

    @field_validator("amount")
    @classmethod
    def _is_there(cls, amount: NumberTemplate | None, info: ValidationInfo) -> NumberTemplate | None:
        operation, unit = info.data.get("operation"), info.data.get("unit")
        if operation in _SIGNS and amount is None:
            raise ValueError(f'"amount" is required: the operation {operation} changes the date by it.')
        if operation in _SIGNS and unit is not None:
            check_static(amount, lambda number: _checked(number, unit))
        return amount

    @field_validator("format")
    @classmethod
    def _is_short(cls, pattern: TextTemplate | None) -> TextTemplate | None:
        check_static(pattern, _short)
        return pattern

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: TextTemplate | None) -> TextTemplate | None:
        check_static(name, zone_named)
        return name


class DateTransform(Action):
    component_id = "date_transform"
    settings_type = DateTransformSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "result": "The date in the wanted format; with `diff` a number of units.",
        "iso": "The date as ISO 8601; null with `diff`.",
        "timestamp": "The same in seconds since 1970; null with `diff`.",
    }
    example: ClassVar[JsonObject] = {
        "input": "now",
        "operation": "add",
        "amount": 14,
        "unit": "days",
        "format": "Y-m-d",
        "timezone": "Europe/Berlin",
    }

    def __init__(self, node_id: str, settings: DateTransformSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    async def run(self, ctx: NodeContext) -> Outcome:
        settings = self.settings
        zone = zone_named(await ctx.render(settings.timezone)) if settings.timezone else None
        options = Options(now=format_time(ctx.now), zone=zone or UTC)
        moment = zoned_date_of(INPUT, await ctx.render(settings.input), options)
        moment = moment.astimezone(UTC).astimezone(zone or moment.tzinfo)  # as clocks show it, which skip some times
        if settings.operation == "diff" and settings.other:
            other = zoned_date_of(OTHER, await ctx.render(settings.other), options)
            return Success({"result": units_between(moment, other, settings.unit), "iso": None, "timestamp": None})
        result = await self._moved(moment, ctx)
        pattern = _short(await ctx.render(settings.format)) if settings.format else ""
        iso = result.isoformat()
        written = php_format(result, pattern) if pattern.strip() else iso
        return Success({"result": written, "iso": iso, "timestamp": math.floor(result.timestamp())})

    async def _moved(self, moment: datetime, ctx: NodeContext) -> datetime:
        settings = self.settings
        if settings.operation in _BOUNDS:
            return _BOUNDS[settings.operation](moment, settings.unit)
        if settings.operation in _SIGNS and settings.amount:
            amount = _checked(await ctx.render(settings.amount), settings.unit)
            return shifted(moment, _SIGNS[settings.operation] * amount, settings.unit)
        return moment


def _checked(amount: float, unit: str) -> float:
    if unit in FIXED or amount == int(amount):
        return amount
    raise PermanentError(f'"amount" must be whole for {unit}; it is {shown(amount)}.')


def _short(pattern: str) -> str:
    if len(pattern) > FORMAT_LENGTH:
        raise PermanentError(f'"format" has at most {FORMAT_LENGTH} characters; this has {len(pattern)}.')
    return pattern
