"""The examples in the OpenAPI document are what the API really answers."""

from collections.abc import AsyncIterator, Callable

import pytest

from app.workflows.examples import ORDERS
from tests.api.documented import answer_of, assert_documented, operation, request_of, without_what_varies
from tests.factories.runs import complete
from tests.factories.webhooks import listening
from tests.factories.workflows import Json, node, workflow
from tests.fixtures.api import Client, database_of, json_of, serving
from tests.worker.world import World

STALE = {"If-Match": '"1"'}
SIGNED = {"scheme": "hmac_sha256", "secret": "vlt_unknown"}
WORKFLOWS, WORKFLOW = "/workflows", "/workflows/{workflowId}"
RUN = "/workflows/runs/{runId}"
WEBHOOK, ROTATE = "/workflows/webhooks/{webhookToken}", f"{WORKFLOW}/webhook-token/rotate"
RESUME = f"{RUN}/resume-from/{{nodeId}}"
KEY = {"Idempotency-Key": "once"}


@pytest.fixture
async def saved(api: Client) -> Json:
    return await api.created(request_of(api, "post", WORKFLOWS))


@pytest.fixture
async def run(api: Client, saved: Json) -> Json:
    body = request_of(api, "post", f"{WORKFLOW}/execute")
    return json_of(await api.post(f"/workflows/{saved['id']}/execute", json=body), 202)


async def test_of_creating(api: Client, saved: Json) -> None:
    assert_documented(api, saved, "post", WORKFLOWS, 201)


async def test_of_listing(api: Client, saved: Json) -> None:
    assert saved
    assert_documented(api, (await api.get("/workflows")).json(), "get", WORKFLOWS, 200)


async def test_of_reading(api: Client, saved: Json) -> None:
    assert_documented(api, (await api.get(f"/workflows/{saved['id']}")).json(), "get", WORKFLOW, 200)


async def test_of_changing(api: Client, saved: Json) -> None:
    body = request_of(api, "put", WORKFLOW)
    answer = await api.put(f"/workflows/{saved['id']}", json=body)
    assert_documented(api, answer.json(), "put", WORKFLOW, 200)


async def test_of_the_audit_log(api: Client, saved: Json) -> None:
    await api.put(f"/workflows/{saved['id']}", json=request_of(api, "put", WORKFLOW))
    assert_documented(api, (await api.get("/workflows/audit")).json(), "get", "/workflows/audit", 200)


async def test_of_validating(api: Client) -> None:
    path = "/workflows/validate"
    answer = await api.post(path, json=request_of(api, "post", path))
    assert_documented(api, answer.json(), "post", path, 200)


async def test_of_starting(api: Client, run: Json) -> None:
    assert_documented(api, run, "post", f"{WORKFLOW}/execute", 202)


async def test_of_a_new_webhook_url(api: Client) -> None:
    saved = await api.created(ORDERS)
    answer = await api.post(f"/workflows/{saved['id']}/webhook-token/rotate")
    assert_documented(api, answer.json(), "post", ROTATE, 200)


async def test_of_a_webhooks_call_and_handshake(api: Client) -> None:
    called = await api.post(await listening(api), json={})
    assert_documented(api, called.json(), "post", WEBHOOK, 202)
    example = operation(api, "get", WEBHOOK)["responses"]["200"]["content"]["text/plain"]["example"]
    answer = await api.get(await listening(api, challenge="msgraph"), params={"validationToken": example})
    assert answer.text == example


async def test_of_an_event(api: Client) -> None:
    path = "/workflows/events"
    filtered = {"type": "number", "input": "{{ payload.region }}", "operator": "equals", "value": 1}
    for settings in ({}, {"filter": filtered}):
        await api.created(workflow(node("t", "site_added", **settings)))
    answer = await api.post(path, json=request_of(api, "post", path))
    assert_documented(api, json_of(answer, 202), "post", path, 202)


async def test_of_cancelling(api: Client, run: Json) -> None:
    answer = await api.post(f"/workflows/runs/{run['id']}/cancel")
    assert_documented(api, answer.json(), "post", f"{RUN}/cancel", 202)


async def test_of_running_again(api: Client, run: Json) -> None:
    answer = await api.post(f"/workflows/runs/{run['id']}/rerun")
    assert_documented(api, answer.json(), "post", f"{RUN}/rerun", 202)


@pytest.fixture
def database_url(make_database: Callable[[], str]) -> str:
    """Return a database where a worker finds no other tests' runs."""
    return make_database()


@pytest.fixture
async def worked(database_url: str, redis_url: str) -> AsyncIterator[tuple[Client, Json]]:
    """Return a client and the example's run, which a worker has executed."""
    async with serving(database_url, redis_url) as app, Client(app) as api:
        saved = await api.created(request_of(api, "post", WORKFLOWS))
        body = request_of(api, "post", f"{WORKFLOW}/execute")
        run = json_of(await api.post(f"/workflows/{saved['id']}/execute", json=body), 202)
        world = World(database_url, redis_url)
        async with world.worker():
            await world.ended(run["id"])
        await world.close()
        yield api, run


async def test_of_a_run_that_a_worker_has_executed(worked: tuple[Client, Json]) -> None:
    api, run = worked
    answer = await api.get(f"/workflows/runs/{run['id']}")
    assert_documented(api, answer.json(), "get", RUN, 200)


async def test_of_resuming(worked: tuple[Client, Json], database_url: str) -> None:
    api, run = worked
    async with database_of(database_url) as database:
        await database.execute("UPDATE runs SET status = 'failed' WHERE id = :id", id=run["id"])
    answer = await api.post(f"/workflows/runs/{run['id']}/resume-from/named")
    assert_documented(api, answer.json(), "post", f"{RUN}/resume-from/{{nodeId}}", 202)


async def test_of_a_page_of_runs(worked: tuple[Client, Json]) -> None:
    api, run = worked
    answer = await api.get(f"/workflows/{run['workflow_id']}/executions")
    assert_documented(api, answer.json(), "get", f"{WORKFLOW}/executions", 200)


async def test_of_a_key_that_was_used(api: Client, saved: Json) -> None:
    path = f"/workflows/{saved['id']}/execute"
    bodies: list[Json] = [{}, {"context": {}}]
    _, refused = [await api.post(path, json=body, headers=KEY) for body in bodies]
    documented = answer_of(api, "post", f"{WORKFLOW}/execute", 422, "idempotency_key_reused")
    assert without_what_varies(refused.json()) == without_what_varies(documented)


async def test_of_logs_and_statistics(worked: tuple[Client, Json]) -> None:
    api, run = worked
    for path in (f"{WORKFLOW}/logs", f"{WORKFLOW}/logs/stats", "/workflows/logs/recent"):
        answer = await api.get(path.format(workflowId=run["workflow_id"]))
        assert_documented(api, answer.json(), "get", path, 200)


async def test_of_versions(api: Client, saved: Json) -> None:
    for path in (f"{WORKFLOW}/versions", f"{WORKFLOW}/versions/{{n}}"):
        answer = await api.get(path.format(workflowId=saved["id"], n=1))
        assert_documented(api, answer.json(), "get", path, 200)


async def test_of_workflows_that_another_may_call(api: Client, saved: Json) -> None:
    assert saved
    path = "/workflows/triggerable-workflows"
    assert_documented(api, (await api.get(path)).json(), "get", path, 200)


async def test_of_components(api: Client) -> None:
    path = "/workflows/components"
    assert_documented(api, (await api.get(path)).json()[:1], "get", path, 200)


async def test_of_errors(api: Client, postgres_url: str, run: Json) -> None:
    """One error of each kind that these routes have."""
    workflow_id, run_id = run["workflow_id"], run["id"]
    draft = request_of(api, "post", "/workflows/validate")
    await api.put(f"/workflows/{workflow_id}", json={"is_active": False})
    async with database_of(postgres_url) as database:
        await complete(database, run_id)
        asked = [
            ("post", WORKFLOWS, "graph_invalid", await api.post("/workflows", json=draft)),
            ("put", WORKFLOW, "version_conflict", await api.put(f"/workflows/{workflow_id}", json={}, headers=STALE)),
            ("get", WORKFLOW, "workflow_not_found", await api.other().get(f"/workflows/{workflow_id}")),
            ("post", f"{WORKFLOW}/execute", "workflow_inactive", await api.post(f"/workflows/{workflow_id}/execute")),
            ("get", RUN, "run_not_found", await api.other().get(f"/workflows/runs/{run_id}")),
            ("post", f"{RUN}/cancel", "run_finished", await api.post(f"/workflows/runs/{run_id}/cancel")),
            ("post", WEBHOOK, "webhook_not_found", await api.post("/workflows/webhooks/x", json={})),
            ("post", WEBHOOK, "signature_invalid", await api.post(await listening(api, verification=SIGNED), json={})),
            ("post", ROTATE, "wrong_trigger", await api.post(f"/workflows/{workflow_id}/webhook-token/rotate")),
            ("post", f"{RUN}/rerun", "workflow_inactive", await api.post(f"/workflows/runs/{run_id}/rerun")),
            ("post", RESUME, "run_not_failed", await api.post(f"/workflows/runs/{run_id}/resume-from/hello")),
            (
                "get",
                f"{WORKFLOW}/versions/{{n}}",
                "version_not_found",
                await api.get(f"/workflows/{workflow_id}/versions/7"),
            ),
        ]
        await database.execute("UPDATE runs SET status = 'failed' WHERE id = :id", id=run_id)
        asked += [
            ("post", RESUME, "node_not_found", await api.post(f"/workflows/runs/{run_id}/resume-from/nowhere")),
            ("post", RESUME, "node_not_resumable", await api.post(f"/workflows/runs/{run_id}/resume-from/hello")),
        ]
    for method, path, code, answer in asked:
        documented = answer_of(api, method, path, answer.status_code, code)
        assert without_what_varies(answer.json()) == without_what_varies(documented)
