"""Which of the workflows that listen to an event let it through."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from app.core.json import JsonValue
from app.events.schemas import EventSkipped
from app.graph.errors import PermanentError
from app.nodes.event_trigger import EventTrigger
from app.runs.triggers import bound_trigger
from app.workflows.errors import GraphInvalidError
from app.workflows.repository import Startable

ALL_FILTERS_SECONDS = 10.0  # a thousand honest ones take about one


class Event(NamedTuple):
    """`received_at` is what filters read as `now`."""

    name: str
    payload: JsonValue
    received_at: str


class Filtered(NamedTuple):
    admitting: list[Startable]
    skipped: list[EventSkipped]


async def filtered(listeners: Sequence[Startable], event: Event) -> Filtered:
    """Ask the filters, off the event loop where there are any. One that fails keeps nobody else from starting."""
    if all(workflow.trigger_settings.get("filter") is None for workflow in listeners):
        return Filtered(list(listeners), [])
    return await asyncio.to_thread(_ask_all, listeners, event)


def _ask_all(listeners: Sequence[Startable], event: Event) -> Filtered:
    result = Filtered([], [])
    end = time.monotonic() + ALL_FILTERS_SECONDS
    for workflow in listeners:
        try:
            if _admits(workflow, event, in_time=time.monotonic() < end):
                result.admitting.append(workflow)
        except (PermanentError, GraphInvalidError) as error:
            result.skipped.append(EventSkipped(workflow_id=workflow.id, message=error.message))
    return result


def _admits(workflow: Startable, event: Event, *, in_time: bool) -> bool:
    if workflow.trigger_settings.get("filter") is None:
        return True
    if not in_time:
        raise PermanentError(f"The filters of this event took longer than {ALL_FILTERS_SECONDS:g} seconds together.")
    trigger = bound_trigger(workflow)
    return isinstance(trigger, EventTrigger) and trigger.admits(*event)
