"""The routes that take an `Idempotency-Key`, and a request to each."""

from collections.abc import Awaitable, Callable

import httpx

from tests.factories.runs import NOON
from tests.factories.workflows import webhook_workflow, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database

KEY = {"Idempotency-Key": "a-key-of-mine"}
BODY = {"context": {"name": "Ada", "pi": 3.10, "big": 18446744073709551615, "ü": ["\u00e9", None, {}]}}


class Route:
    """One of the routes that take a key. `send` sends its request, `path` is where."""

    def __init__(self, path: str, body: object) -> None:
        self.path = path
        self.body = body

    async def send(self, api: Client, headers: dict[str, str] = KEY, **query: str) -> httpx.Response:
        return await api.post(self.path, json=self.body, params=query, headers=headers)


Make = Callable[[Client, Database], Awaitable[Route]]


async def execute(api: Client, _: Database) -> Route:
    saved = await api.created(workflow())
    return Route(f"/workflows/{saved['id']}/execute", BODY)


async def webhook(api: Client, _: Database) -> Route:
    saved = await api.created(webhook_workflow())
    return Route(saved["webhook_url"].removeprefix(PUBLIC_URL), BODY)


async def old_run(api: Client, database: Database) -> str:
    """Return a run that failed behind its trigger."""
    saved = await api.created(workflow())
    run = await api.started(saved["id"], name="Ada")
    await database.execute(
        "INSERT INTO run_logs (run_id, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,"
        " handle, fence, started_at, duration_ms, created_at) SELECT id, 't', 1, id, org_id, workflow_id, 1,"
        " 'manual_trigger', 'success', '{}', 'default', 1, :at, 0, :at FROM runs WHERE id = :id",
        id=run["id"],
        at=NOON,
    )
    await database.execute(
        "UPDATE runs SET status = 'failed', ready = false, completed_at = :at WHERE id = :id", id=run["id"], at=NOON
    )
    return str(run["id"])


async def rerun(api: Client, database: Database) -> Route:
    return Route(f"/workflows/runs/{await old_run(api, database)}/rerun", None)


async def resume(api: Client, database: Database) -> Route:
    return Route(f"/workflows/runs/{await old_run(api, database)}/resume-from/t", None)


async def runs_of(api: Client, database: Database) -> int:
    return int(await database.value("SELECT count(*) FROM runs WHERE org_id = :org", org=api.org_id))
