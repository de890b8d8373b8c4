"""The three fields that say when a workflow starts by itself, and what they mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from app.core.json import JsonValue
from app.graph.schedule.cron import parse_cron
from app.graph.schedule.interval import parse_interval
from app.graph.schedule.schedule import Schedule
from app.graph.schedule.times_of_day import parse_daily, parse_monthly, parse_weekly
from app.graph.schedule.zones import zone_of

ScheduleType = Literal["manual", "interval", "cron", "daily", "weekly", "monthly"]
ScheduleOverlap = Literal["allow", "skip"]
MANUAL: ScheduleType = "manual"
NEED_A_VALUE: frozenset[ScheduleType] = frozenset({"interval", "cron"})  # the others have a default
MAX_VALUE_CHARACTERS = 255
KEPT = 1024  # schedules that a process keeps read

_PARSERS: Mapping[str, Callable[[str | None, ZoneInfo], Schedule]] = {
    "interval": lambda value, _: parse_interval(value),
    "cron": parse_cron,
    "daily": parse_daily,
    "weekly": parse_weekly,
    "monthly": parse_monthly,
}


@dataclass(frozen=True, slots=True)
class ScheduleFields:
    """As a workflow has them. With `manual` the value means nothing."""

    schedule_type: str
    schedule_value: str | None
    timezone: str

    def changed_by(self, sent: Mapping[str, JsonValue]) -> "ScheduleFields":
        """Return these with what a client has sent of them."""
        known = {name: sent.get(name, value) for name, value in self.as_columns().items()}
        texts = {name: value if isinstance(value, str) else None for name, value in known.items()}
        return ScheduleFields(texts["schedule_type"] or MANUAL, texts["schedule_value"], texts["timezone"] or "UTC")

    def as_columns(self) -> dict[str, str | None]:
        return {
            "schedule_type": self.schedule_type,
            "schedule_value": self.schedule_value,
            "timezone": self.timezone,
        }


@lru_cache(maxsize=KEPT)
def parse(fields: ScheduleFields) -> Schedule | None:
    """Return the schedule, None where nothing starts by itself. Raises `ValueError` with a sentence."""
    if fields.schedule_type == MANUAL:
        return None
    if fields.schedule_type not in _PARSERS:
        raise ValueError(f'There is no "schedule_type" {fields.schedule_type}; there are: manual, {_names()}.')
    return _PARSERS[fields.schedule_type](fields.schedule_value, zone_of(fields.timezone))


def check_value(schedule_type: str, schedule_value: str | None) -> None:
    """Raise `ValueError` with a sentence where the value can mean nothing in any zone."""
    parse(ScheduleFields(schedule_type, schedule_value, "UTC"))


def _names() -> str:
    return ", ".join(_PARSERS)
