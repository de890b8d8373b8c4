"""How a workflow begins, known without its graph: its trigger's component and settings lie beside it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.clock import format_time
from app.core.json import JsonObject, JsonValue
from app.graph.input_fault import InputFault
from app.graph.model import NodeSpec
from app.graph.node import Trigger
from app.graph.schedule import SCHEDULED
from app.nodes import CATALOGUE
from app.nodes.manual_trigger import ManualTrigger
from app.runs.errors import InputInvalidError, WrongTriggerError
from app.workflows.errors import GraphInvalidError
from app.workflows.repository import Startable


@dataclass(frozen=True, slots=True)
class ByHand:
    """What somebody gives a trigger: a context. The event is then what it listens to, the due time now."""

    context: JsonObject
    event: str | None
    now: datetime


_PAYLOADS: Mapping[str, Callable[[ByHand], JsonObject]] = {
    "manual": lambda given: {"context": given.context},
    SCHEDULED: lambda given: {"scheduled_for": format_time(given.now), "missed": 0},
    "webhook": lambda given: {"webhook_payload": given.context, "headers": {}, "query": {}},
    "event": lambda given: {"event": given.event, "payload": given.context},
    "workflow": lambda given: {"payload": given.context},
    "sync": lambda given: {"payload": given.context},
}
_BY_HAND = _PAYLOADS.keys() - {"sync"}  # its caller waits for an answer


def trigger_of(workflow: Startable) -> type[Trigger]:
    """Return the trigger's component. Raises `WrongTriggerError` for one that this version does not have."""
    component = CATALOGUE.get(workflow.trigger_component)
    if component is None or not issubclass(component, Trigger):
        raise WrongTriggerError(workflow.trigger_component)
    return component


def trigger_type_of(workflow: Startable) -> str:
    return trigger_of(workflow).trigger_type


def takes(workflow: Startable, trigger_type: str) -> bool:
    """Say whether the trigger has a use for the payload of a run that began so.

    A schedule may have started a manual trigger. Raises `WrongTriggerError` as `trigger_of` does.
    """
    own = trigger_type_of(workflow)
    return trigger_type == own or (own == ManualTrigger.trigger_type and trigger_type == SCHEDULED)


def bound_trigger(workflow: Startable) -> Trigger:
    """Return the trigger, bound anew from its settings. Raises `GraphInvalidError` where that is no longer possible."""
    bound = CATALOGUE.bind(NodeSpec("trigger", workflow.trigger_component, 0, 0, workflow.trigger_settings, 0))
    if isinstance(bound, Trigger):
        return bound
    raise GraphInvalidError(bound if isinstance(bound, list) else [])


def payload_by_hand(workflow: Startable, context: JsonObject, now: datetime) -> JsonObject:
    """Return what the trigger gets. Raises `WrongTriggerError` for one that nobody starts by hand."""
    trigger_type = trigger_type_of(workflow)
    if trigger_type not in _BY_HAND:
        raise WrongTriggerError(workflow.trigger_component)
    event = workflow.trigger_settings.get("event")
    return payload_of_kind(trigger_type, ByHand(context, event if isinstance(event, str) else None, now))


def payload_of_kind(trigger_type: str, given: ByHand) -> JsonObject:
    """Return what a trigger of this kind gets."""
    return _PAYLOADS[trigger_type](given)


async def check_input(workflow: Startable, value: JsonValue, name: str) -> None:
    """Raise `InputInvalidError` where the trigger has an `input_schema` that the value does not fit.

    `name` is where the value stands in the body. The schema as it was saved is compiled anew, off the event loop.
    """
    if workflow.trigger_settings.get("input_schema") is None:
        return
    faults = await asyncio.to_thread(_input_faults, workflow, value)
    if faults:
        raise InputInvalidError(name, faults)


def _input_faults(workflow: Startable, value: JsonValue) -> list[InputFault]:
    schema = bound_trigger(workflow).input_schema
    return schema.faults(value) if schema else []
