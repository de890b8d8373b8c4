"""How many statements each route costs the database, so that it stays so. Transaction control is not counted."""

from collections.abc import Sequence

import pytest

from tests.factories.runs import add_log
from tests.factories.workflows import Json, node, webhook_workflow, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database, counted_statements


async def cost(api: Client, method: str, path: str, body: object = None) -> Sequence[str]:
    with counted_statements(api.app) as statements:
        answer = await api.request(method, path, json=body)
    assert answer.status_code < 300, answer.text
    return statements


@pytest.fixture
async def saved(api: Client) -> Json:
    return await api.created(webhook_workflow())


async def test_creating_costs_3(api: Client) -> None:
    assert len(await cost(api, "POST", "/workflows", workflow())) == 3


async def test_validating_costs_none(api: Client) -> None:
    assert await cost(api, "POST", "/workflows/validate", workflow()) == []


async def test_reading_costs_2(api: Client, saved: Json) -> None:
    assert len(await cost(api, "GET", f"/workflows/{saved['id']}")) == 2


async def test_listing_costs_2_however_many_there_are(api: Client) -> None:
    for _ in range(5):
        await api.created(webhook_workflow())
    assert len(await cost(api, "GET", "/workflows")) == 2


async def test_changing_costs_5(api: Client, saved: Json) -> None:
    body = {"name": "b", "nodes": [node("t", "manual_trigger")]}
    assert len(await cost(api, "PUT", f"/workflows/{saved['id']}", body)) == 5


async def test_changing_nothing_costs_3(api: Client, saved: Json) -> None:
    assert len(await cost(api, "PUT", f"/workflows/{saved['id']}", {})) == 3


async def test_starting_costs_4(api: Client, saved: Json) -> None:
    assert len(await cost(api, "POST", f"/workflows/{saved['id']}/execute")) == 4


async def test_a_webhook_costs_5(api: Client, saved: Json) -> None:
    assert len(await cost(api, "POST", saved["webhook_url"].removeprefix(PUBLIC_URL), {})) == 5


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


async def test_deleting_costs_3(api: Client, saved: Json) -> None:
    await api.started(saved["id"])
    assert len(await cost(api, "DELETE", f"/workflows/{saved['id']}")) == 3


async def test_a_request_that_is_refused_for_its_body_costs_none(api: Client) -> None:
    with counted_statements(api.app) as statements:
        answer = await api.post("/workflows", json={})
    assert (answer.status_code, statements) == (422, [])
