"""Schedules: from `schedule_type`, `schedule_value` and `timezone` to the moments at which a workflow is due.

A schedule by the clock is a set of wall-clock times in its zone, and each of them is one moment: where the clocks skip
it, the first one after the gap; where they show it twice, the first of the two. Due times are these moments, each of
them once.
"""

from app.graph.schedule.fields import (
    MANUAL,
    MAX_VALUE_CHARACTERS,
    ScheduleFields,
    ScheduleOverlap,
    ScheduleType,
    check_value,
    parse,
)
from app.graph.schedule.schedule import Schedule
from app.graph.schedule.stated import SCHEDULED_TRIGGER, agreed, rewritten, scheduled_node
from app.graph.schedule.tick import SCHEDULED, tick_of
from app.graph.schedule.zones import check_zone, is_zone

__all__ = [
    "MANUAL",
    "MAX_VALUE_CHARACTERS",
    "SCHEDULED",
    "SCHEDULED_TRIGGER",
    "Schedule",
    "ScheduleFields",
    "ScheduleOverlap",
    "ScheduleType",
    "agreed",
    "check_value",
    "check_zone",
    "is_zone",
    "parse",
    "rewritten",
    "scheduled_node",
    "tick_of",
]
