"""Runs whose node calls the platform."""

from typing import Any

from tests.authorizations.browser import signed_in
from tests.factories.workflows import edge, node, workflow
from tests.fixtures.api import Client, json_of
from tests.fixtures.target import answer
from tests.worker.world import World

OK = answer(b'{"sites": 3}', "Content-Type: application/json")
REFUSED = answer(b'{"error": "expired"}', "Content-Type: application/json", status="401 Unauthorized")
AGAIN = "sign in again by POST /workflows/authorization"


def calling(authorization_id: str, **settings: object) -> dict[str, Any]:
    node_settings = {"method": "GET", "endpoint": "/v1/sites", **settings}
    nodes = (node("t", "manual_trigger"), node("call", "altostrat_api", **node_settings))
    return workflow(*nodes, edges=[edge("t", "call")], authorization_id=authorization_id)


async def ended(world: World, api: Client, workflow_id: str, **context: object) -> dict[str, Any]:
    """Start a run, let a worker end it, and return it."""
    run = await api.started(workflow_id, **context)
    async with world.worker():
        await world.ended(run["id"])
    return json_of(await api.get(f"/workflows/runs/{run['id']}"), 200)


async def called(world: World, api: Client, **settings: object) -> dict[str, Any]:
    """Return what the calling node has logged last."""
    saved = await api.created(calling(await signed_in(api), **settings))
    last: dict[str, Any] = (await ended(world, api, saved["id"]))["logs"][-1]
    return last


def bearer(request: bytes) -> str:
    (line,) = (line for line in request.decode().split("\r\n") if line.lower().startswith("authorization: "))
    return line.split(" ", 1)[1]
