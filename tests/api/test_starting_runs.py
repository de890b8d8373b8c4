"""Starting runs by hand."""

import asyncio

import pytest

from tests.factories.workflows import node, webhook_workflow, workflow
from tests.fixtures.api import Client, Database, json_of, serving


async def test_a_run_is_accepted_before_anybody_has_taken_it(api: Client) -> None:
    saved = await api.created(workflow())
    run = await api.started(saved["id"])
    assert run == {
        "id": run["id"],
        "status": "pending",
        "error_message": None,
        "started_at": run["created_at"],
        "completed_at": None,
        "duration_in_seconds": None,
        "workflow_id": saved["id"],
        "workflow_version": 1,
        "trigger_type": "manual",
        "created_at": run["created_at"],
        "trigger_payload": {"context": {}},
        "logs": [],
    }


async def test_a_run_reads_as_it_was_accepted(api: Client) -> None:
    saved = await api.created(workflow())
    run = await api.started(saved["id"], a=1)
    assert json_of(await api.get(f"/workflows/runs/{run['id']}"), 200) == run


async def test_the_context_is_kept_as_it_was_sent(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    context = {"z": 1, "a": 1.0, "m": [True, None, {"ü": "\U0001f600"}]}
    run = await api.started(saved["id"], **context)
    assert run["trigger_payload"] == {"context": context}
    stored = await database.value("SELECT trigger_payload::text FROM runs WHERE id = :id", id=run["id"])
    assert stored == '{"context":{"z":1,"a":1.0,"m":[true,null,{"ü":"\U0001f600"}]}}'


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b'{"context": {}}', b'{"other": 1}'])
async def test_the_body_is_optional(api: Client, content: bytes) -> None:
    saved = await api.created(workflow())
    answer = await api.post(f"/workflows/{saved['id']}/execute", content=content)
    assert json_of(answer, 202)["trigger_payload"] == {"context": {}}


@pytest.mark.parametrize("body", [{"context": None}, {"context": []}, {"context": "x"}, [], "x", 5])
async def test_a_context_that_is_no_object_is_refused(api: Client, body: object) -> None:
    saved = await api.created(workflow())
    error = json_of(await api.post(f"/workflows/{saved['id']}/execute", json=body), 422)
    assert error["code"] == "parameter_invalid"


async def test_a_run_names_the_version_that_was_saved_when_it_was_accepted(api: Client) -> None:
    saved = await api.created(workflow())
    await api.put(f"/workflows/{saved['id']}", json={"name": "b"})
    assert (await api.started(saved["id"]))["workflow_version"] == 2


async def test_a_run_says_in_the_database_who_started_it(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    run = await api.started(saved["id"])
    (row,) = await database.rows("SELECT * FROM runs WHERE id = :id", id=run["id"])
    assert (row.org_id, row.started_by, row.ready, row.lease_owner) == (api.org_id, "tester", True, None)


async def test_a_webhook_trigger_gets_the_context_as_its_payload(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    run = await api.started(saved["id"], a=1)
    assert (run["trigger_type"], run["trigger_payload"]) == (
        "webhook",
        {"webhook_payload": {"a": 1}, "headers": {}, "query": {}},
    )


@pytest.mark.parametrize(
    ("component", "settings", "event"),
    [("event_trigger", {"event": "a.*"}, "a.*"), ("site_added", {}, "site.added")],
)
async def test_an_event_trigger_gets_the_context_as_the_payload_of_what_it_listens_to(
    api: Client, component: str, settings: dict[str, str], event: str
) -> None:
    saved = await api.created(workflow(node("t", component, **settings)))
    run = await api.started(saved["id"], a=1)
    assert (run["trigger_type"], run["trigger_payload"]) == ("event", {"event": event, "payload": {"a": 1}})


@pytest.mark.parametrize("component", ["workflow_trigger", "subflow_trigger"])
async def test_a_trigger_that_workflows_call_gets_the_context_as_its_payload(api: Client, component: str) -> None:
    saved = await api.created(workflow(node("t", component)))
    run = await api.started(saved["id"], a=1)
    assert (run["trigger_type"], run["trigger_payload"]) == ("workflow", {"payload": {"a": 1}})


@pytest.mark.parametrize("component", ["workflow_trigger", "subflow_trigger"])
async def test_a_context_must_fit_the_input_schema_of_the_trigger(api: Client, component: str) -> None:
    item = {"type": "object", "properties": {"n": {"type": "integer"}}}
    schema = {"required": ["a"], "properties": {"items": {"type": "array", "items": item}}}
    saved = await api.created(workflow(node("t", component, input_schema=schema)))
    await api.started(saved["id"], a=1, items=[{"n": 1}])
    answer = await api.post(f"/workflows/{saved['id']}/execute", json={"context": {"items": [{"n": "x"}]}})
    error = json_of(answer, 422)
    assert error["code"] == "parameter_invalid"
    assert sorted(error["errors"], key=lambda fault: str(fault["path"])) == [
        {"path": "context", "message": '"a" is a required property'},
        {"path": "context.items[0].n", "message": '"x" is not of type "integer"'},
    ]


async def test_a_stored_trigger_that_can_no_longer_be_read_is_said_to_be_wrong(api: Client, database: Database) -> None:
    saved = await api.created(workflow(node("t", "workflow_trigger")))
    await database.execute(
        "UPDATE workflows SET trigger_settings = '{\"input_schema\": 5}' WHERE id = :id", id=saved["id"]
    )
    assert json_of(await api.post(f"/workflows/{saved['id']}/execute"), 422)["code"] == "graph_invalid"


async def test_an_inactive_workflow_is_not_started(api: Client) -> None:
    saved = await api.created(workflow(is_active=False))
    error = json_of(await api.post(f"/workflows/{saved['id']}/execute"), 409)
    assert error["code"] == "workflow_inactive"


async def test_an_unknown_workflow_is_not_found(api: Client) -> None:
    error = json_of(await api.post("/workflows/fl_unknown/execute"), 404)
    assert error["code"] == "workflow_not_found"


async def test_a_trigger_that_this_route_does_not_start_is_named(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    await database.execute(
        "UPDATE workflows SET trigger_component = 'sync_request_trigger' WHERE id = :id", id=saved["id"]
    )
    error = json_of(await api.post(f"/workflows/{saved['id']}/execute"), 409)
    assert error["code"] == "wrong_trigger"
    assert "sync_request_trigger" in error["message"]


async def test_a_payload_past_the_limit_is_refused(postgres_url: str, redis_url: str) -> None:
    async with serving(postgres_url, redis_url, limits={"payload_bytes": 100}) as app, Client(app) as api:
        saved = await api.created(workflow())
        await api.started(saved["id"], text="ü" * 30)
        answer = await api.post(f"/workflows/{saved['id']}/execute", json={"context": {"text": "ü" * 50}})
        assert json_of(answer, 413)["code"] == "body_too_large"


async def test_many_runs_at_once_are_all_accepted_and_counted(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    runs = await asyncio.gather(*(api.started(saved["id"], number=number) for number in range(50)))
    stored = await database.rows("SELECT id FROM runs WHERE workflow_id = :id", id=saved["id"])
    assert {row.id for row in stored} == {run["id"] for run in runs}
    counted = await database.rows(
        "SELECT status, sum(count) AS count FROM workflow_counts WHERE workflow_id = :id GROUP BY status",
        id=saved["id"],
    )
    assert [tuple(row) for row in counted] == [("accepted", 50)]


async def test_many_runs_at_once_share_transactions(api: Client, database: Database) -> None:
    saved = await api.created(workflow())
    await asyncio.gather(*(api.started(saved["id"]) for _ in range(50)))
    transactions = await database.value(
        "SELECT count(DISTINCT xmin::text) FROM runs WHERE workflow_id = :id", id=saved["id"]
    )
    assert transactions <= 25


async def test_a_trigger_that_only_its_type_names_is_found(api: Client) -> None:
    saved = await api.created(workflow({"id": "t", "type": "manual_trigger"}))
    assert (await api.started(saved["id"]))["trigger_type"] == "manual"


async def test_runs_are_rung_for(api: Client) -> None:
    redis = api.app.state.resources.redis
    await redis.flushdb()
    saved = await api.created(workflow(node("t", "manual_trigger")))
    await api.started(saved["id"])
    await api.app.state.run_starter.close()
    assert await redis.zcard("virga:queue") == 1
