"""How a workflow begins, known without its graph: its trigger's component and settings lie beside it."""

import asyncio
from collections.abc import Callable, Mapping

from app.core.json import JsonObject, JsonValue
from app.graph.input_fault import InputFault
from app.graph.model import NodeSpec
from app.graph.node import Trigger
from app.nodes import CATALOGUE
from app.runs.errors import InputInvalidError, WrongTriggerError
from app.workflows.errors import GraphInvalidError
from app.workflows.repository import Startable

# What each kind of trigger gets when somebody gives it a context. The event is then what it listens to.
_PAYLOADS: Mapping[str, Callable[[JsonObject, str | None], JsonObject]] = {
    "manual": lambda context, _: {"context": context},
    "webhook": lambda context, _: {"webhook_payload": context, "headers": {}, "query": {}},
    "event": lambda context, event: {"event": event, "payload": context},
    "workflow": lambda context, _: {"payload": context},
    "sync": lambda context, _: {"payload": context},
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


def bound_trigger(workflow: Startable) -> Trigger:
    """Return the trigger, bound anew from its settings. Raises `GraphInvalidError` where that is no longer possible."""
    bound = CATALOGUE.bind(NodeSpec("trigger", workflow.trigger_component, 0, 0, workflow.trigger_settings, 0))
    if isinstance(bound, Trigger):
        return bound
    raise GraphInvalidError(bound if isinstance(bound, list) else [])


def payload_by_hand(workflow: Startable, context: JsonObject) -> JsonObject:
    """Return what the trigger gets. Raises `WrongTriggerError` for one that nobody starts by hand."""
    trigger_type = trigger_type_of(workflow)
    if trigger_type not in _BY_HAND:
        raise WrongTriggerError(workflow.trigger_component)
    event = workflow.trigger_settings.get("event")
    return payload_of_kind(trigger_type, context, event if isinstance(event, str) else None)


def payload_of_kind(trigger_type: str, context: JsonObject, event: str | None) -> JsonObject:
    """Return what a trigger of this kind gets with a context; `event` is what it listens to, if it does."""
    return _PAYLOADS[trigger_type](context, event)


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
