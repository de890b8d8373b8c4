"""Deleting workflows: gone at once for every client, cancelled where it runs, removed in the background."""

import asyncio

import pytest

from app.queue.jobs import QUEUE, REMOVE_WORKFLOW, notice_channel
from tests.factories.runs import add_history, lease
from tests.factories.workflows import webhook_workflow, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database, counted_statements, json_of


async def test_it_answers_without_a_body(api: Client) -> None:
    saved = await api.created(workflow())
    answer = await api.delete(f"/workflows/{saved['id']}")
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/execute"), ("GET", "/executions")],
)
async def test_a_deleted_workflow_is_not_found(api: Client, method: str, path: str) -> None:
    saved = await api.created(workflow())
    await api.delete(f"/workflows/{saved['id']}")
    body = {"name": "b"} if method == "PUT" else None
    error = json_of(await api.request(method, f"/workflows/{saved['id']}{path}", json=body), 404)
    assert error["code"] == "workflow_not_found"


async def test_a_deleted_workflow_is_not_listed(api: Client) -> None:
    kept, deleted = [(await api.created(workflow()))["id"] for _ in range(2)]
    await api.delete(f"/workflows/{deleted}")
    assert [one["id"] for one in (await api.get("/workflows")).json()] == [kept]


async def test_its_webhook_is_dead(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    await api.delete(f"/workflows/{saved['id']}")
    error = json_of(await api.post(saved["webhook_url"].removeprefix(PUBLIC_URL), json={}), 404)
    assert error["code"] == "webhook_not_found"


async def test_an_unknown_workflow_is_not_found(api: Client) -> None:
    assert (await api.delete("/workflows/fl_unknown")).status_code == 404


async def test_every_live_run_is_asked_to_end(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    for _ in range(3):
        await api.started(saved["id"])
    await api.delete(f"/workflows/{saved['id']}")
    asked = await database.value(
        "SELECT count(*) FROM runs WHERE workflow_id = :id AND cancel_requested_at IS NOT NULL", id=saved["id"]
    )
    assert asked == 3


async def test_runs_that_are_over_are_left_alone(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    await add_history(database, api.org_id, saved["id"], 5)
    await api.delete(f"/workflows/{saved['id']}")
    asked = await database.value(
        "SELECT count(*) FROM runs WHERE workflow_id = :id AND cancel_requested_at IS NOT NULL", id=saved["id"]
    )
    assert asked == 0


async def test_runs_of_other_workflows_go_on(api: Client, database: Database) -> None:
    deleted, other = [await api.created(workflow()) for _ in range(2)]
    run = await api.started(other["id"])
    await api.delete(f"/workflows/{deleted['id']}")
    asked = await database.value("SELECT cancel_requested_at FROM runs WHERE id = :id", id=run["id"])
    assert asked is None


async def test_owners_of_its_runs_are_told(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    run = await api.started(saved["id"])
    await lease(database, run["id"], f"worker-of-{api.org_id}")
    async with api.app.state.resources.redis.pubsub() as listening:
        await listening.subscribe(notice_channel(f"worker-of-{api.org_id}"))
        await api.delete(f"/workflows/{saved['id']}")
        async with asyncio.timeout(5):
            while (heard := await listening.get_message(timeout=5))["type"] != "message":
                pass
    assert heard["data"] == run["id"].encode()


async def test_a_worker_is_rung_to_remove_the_rows(api: Client) -> None:
    redis = api.app.state.resources.redis
    saved = await api.created(workflow())
    await redis.flushdb()
    await api.delete(f"/workflows/{saved['id']}")
    (job_id,) = await redis.zrange(QUEUE, 0, -1)
    job = await redis.get(b"arq:job:" + job_id)
    assert REMOVE_WORKFLOW.encode() in job
    assert saved["id"].encode() in job


async def test_a_workflow_of_10_000_runs_is_deleted_by_a_handful_of_statements(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    await add_history(database, api.org_id, saved["id"], 10_000)
    await database.execute(
        "UPDATE runs SET status = 'pending', ready = true, due_at = created_at WHERE workflow_id = :id", id=saved["id"]
    )
    with counted_statements(api.app) as statements:
        answer = await api.delete(f"/workflows/{saved['id']}")
    assert answer.status_code == 204
    assert len(statements) <= 6
