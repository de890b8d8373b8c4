"""How many statements each route costs the database, so that it stays so. Transaction control is not counted."""

from collections.abc import Sequence

import pytest

from tests.factories.logs import add_logs
from tests.factories.runs import add_log
from tests.factories.workflows import Json, node, webhook_workflow, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database, counted_statements, json_of


async def cost(api: Client, method: str, path: str, body: object = None) -> Sequence[str]:
    with counted_statements(api.app) as statements:
        answer = await api.request(method, path, json=body)
    assert answer.status_code < 300, answer.text
    return statements


@pytest.fixture
async def saved(api: Client) -> Json:
    return await api.created(webhook_workflow())


async def test_creating_costs_4(api: Client) -> None:
    assert len(await cost(api, "POST", "/workflows", workflow())) == 4


async def test_validating_costs_none(api: Client) -> None:
    assert await cost(api, "POST", "/workflows/validate", workflow()) == []


async def test_reading_costs_2(api: Client, saved: Json) -> None:
    assert len(await cost(api, "GET", f"/workflows/{saved['id']}")) == 2


async def test_listing_costs_2_however_many_there_are(api: Client) -> None:
    for _ in range(5):
        await api.created(webhook_workflow())
    assert len(await cost(api, "GET", "/workflows")) == 2


async def test_changing_costs_6(api: Client, saved: Json) -> None:
    body = {"name": "b", "nodes": [node("t", "manual_trigger")]}
    assert len(await cost(api, "PUT", f"/workflows/{saved['id']}", body)) == 6


async def test_changing_nothing_costs_3(api: Client, saved: Json) -> None:
    assert len(await cost(api, "PUT", f"/workflows/{saved['id']}", {})) == 3


async def test_starting_costs_2(api: Client, saved: Json) -> None:
    assert len(await cost(api, "POST", f"/workflows/{saved['id']}/execute")) == 2


async def test_a_webhook_costs_3(api: Client, saved: Json) -> None:
    assert len(await cost(api, "POST", saved["webhook_url"].removeprefix(PUBLIC_URL), {})) == 3


async def test_replacing_a_webhook_url_costs_5(api: Client, saved: Json) -> None:
    assert len(await cost(api, "POST", f"/workflows/{saved['id']}/webhook-token/rotate")) == 5


async def test_running_again_costs_5(api: Client, saved: Json) -> None:
    run = await api.started(saved["id"])
    assert len(await cost(api, "POST", f"/workflows/runs/{run['id']}/rerun")) == 5


async def test_starting_with_an_input_schema_costs_no_more(api: Client) -> None:
    saved = await api.created(workflow(node("t", "workflow_trigger", input_schema={})))
    assert len(await cost(api, "POST", f"/workflows/{saved['id']}/execute")) == 2


async def test_an_event_costs_4_however_many_listen(api: Client) -> None:
    for _ in range(3):
        await api.created(workflow(node("t", "event_trigger", event="a")))
    assert len(await cost(api, "POST", "/workflows/events", {"event": "a"})) == 4


async def test_an_event_that_nobody_hears_costs_2(api: Client) -> None:
    assert len(await cost(api, "POST", "/workflows/events", {"event": "a"})) == 2


async def test_an_event_with_an_id_costs_7_and_2_when_it_comes_again(api: Client) -> None:
    await api.created(workflow(node("t", "event_trigger", event="a")))
    assert len(await cost(api, "POST", "/workflows/events", {"event": "a", "id": "e1"})) == 7
    assert len(await cost(api, "POST", "/workflows/events", {"event": "a", "id": "e1"})) == 2


async def test_listing_runs_costs_4(api: Client, saved: Json) -> None:
    for _ in range(3):
        await api.started(saved["id"])
    assert len(await cost(api, "GET", f"/workflows/{saved['id']}/executions")) == 4


async def test_reading_a_run_costs_3(api: Client, database: Database, saved: Json) -> None:
    run = await api.started(saved["id"])
    for seq in range(1, 6):
        await add_log(database, run["id"], seq)
    assert len(await cost(api, "GET", f"/workflows/runs/{run['id']}")) == 3


async def test_a_poller_that_has_seen_all_costs_2(api: Client, database: Database, saved: Json) -> None:
    run = await api.started(saved["id"])
    await add_log(database, run["id"], 1)
    assert len(await cost(api, "GET", f"/workflows/runs/{run['id']}?after_seq=1")) == 2


@pytest.mark.parametrize("path", ["logs/stats", "versions", "versions/1"])
async def test_what_a_workflow_was_and_how_it_fares_costs_3(api: Client, saved: Json, path: str) -> None:
    assert len(await cost(api, "GET", f"/workflows/{saved['id']}/{path}")) == 3


@pytest.mark.parametrize("query", ["", "?status=error&limit=5"])
async def test_a_page_of_logs_costs_4(api: Client, database: Database, saved: Json, query: str) -> None:
    run = await api.started(saved["id"])
    await add_logs(database, run["id"], count=6, status="error")
    assert len(await cost(api, "GET", f"/workflows/{saved['id']}/logs{query}")) == 4


async def test_logs_that_are_looked_for_cost_one_more(api: Client, database: Database, saved: Json) -> None:
    run = await api.started(saved["id"])
    await add_logs(database, run["id"], count=5)
    assert len(await cost(api, "GET", f"/workflows/{saved['id']}/logs?node_id=rare")) == 5


async def test_recent_logs_cost_3_however_many_workflows_there_are(api: Client, database: Database) -> None:
    for _ in range(3):
        run = await api.started((await api.created(workflow()))["id"])
        await add_logs(database, run["id"])
    assert len(await cost(api, "GET", "/workflows/logs/recent")) == 3


async def test_workflows_that_another_may_call_cost_2(api: Client) -> None:
    await api.created(workflow())
    assert len(await cost(api, "GET", "/workflows/triggerable-workflows")) == 2


async def test_components_cost_none(api: Client) -> None:
    assert await cost(api, "GET", "/workflows/components") == []


async def test_deleting_costs_6(api: Client, saved: Json) -> None:
    await api.started(saved["id"])
    assert len(await cost(api, "DELETE", f"/workflows/{saved['id']}")) == 6


async def test_an_api_key_costs_one_more(api: Client, saved: Json) -> None:
    client = await api.with_api_key()
    assert len(await cost(client, "POST", f"/workflows/{saved['id']}/execute")) == 3


async def test_what_the_vault_costs(api: Client) -> None:
    kept = json_of(await api.post("/workflows/vault", json={"name": "crm", "secret": "a secret"}), 201)
    item = f"/workflows/vault/{kept['id']}"
    costs = {
        "create": await cost(api, "POST", "/workflows/vault", {"name": "erp", "secret": "a secret"}),
        "list": await cost(api, "GET", "/workflows/vault"),
        "read": await cost(api, "GET", item),
        "change": await cost(api, "PUT", item, {"secret": "another"}),
        "change nothing": await cost(api, "PUT", item, {}),
        "delete": await cost(api, "DELETE", item),
    }
    assert {action: len(statements) for action, statements in costs.items()} == {
        "create": 3,
        "list": 2,
        "read": 2,
        "change": 4,
        "change nothing": 2,
        "delete": 3,
    }


async def test_a_request_that_is_refused_for_its_body_costs_none(api: Client) -> None:
    with counted_statements(api.app) as statements:
        answer = await api.post("/workflows", json={})
    assert (answer.status_code, statements) == (422, [])


async def test_saving_and_validating_calls_costs_no_more_however_many_there_are(api: Client) -> None:
    callees = [(await api.created(workflow()))["id"] for _ in range(5)]
    calls = [node(f"c{n}", "trigger_workflow", workflow_id=one) for n, one in enumerate(callees)]
    body = workflow(node("t", "manual_trigger"), *calls)
    assert len(await cost(api, "POST", "/workflows", body)) == 8
    assert len(await cost(api, "POST", "/workflows/validate", body)) == 3
