"""Workflows that listen to events, and how a test sends some."""

from tests.factories.workflows import Json, node, workflow
from tests.fixtures.api import Client, json_of


def listening(event: str, *, component: str = "event_trigger", is_active: bool = True, **settings: object) -> Json:
    trigger = node("t", component, **({"event": event} if component == "event_trigger" else {}), **settings)
    return workflow(trigger, is_active=is_active)


def rule(kind: str, given: str, operator: str, value: object = None) -> Json:
    return {"type": kind, "input": given, "operator": operator, "value": value}


async def sent(api: Client, event: str, payload: object = None, **more: object) -> Json:
    body = {"event": event, "payload": payload, **more}
    return json_of(await api.post("/workflows/events", json=body), 202)


async def started(api: Client, event: str, payload: object = None, **more: object) -> list[str]:
    """Return the workflows that an event has started, in the order of its answer."""
    answer = await sent(api, event, payload, **more)
    return [(await run_of(api, run_id))["workflow_id"] for run_id in answer["started"]]


async def run_of(api: Client, run_id: str) -> Json:
    return json_of(await api.get(f"/workflows/runs/{run_id}"), 200)
