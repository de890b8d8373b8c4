"""Requests with an `Idempotency-Key`: what is asked twice is done once, and answered twice with the same bytes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.api.keyed import BODY, KEY, Make, Route, execute, old_run, rerun, resume, runs_of, webhook
from tests.fixtures.api import Client, Database, counted_statements, database_of, json_of, serving
from tests.fixtures.fault_proxy import FaultProxy, lost_commits, pass_all

ROUTES = pytest.mark.parametrize("route", [execute, webhook, rerun, resume], indirect=True)
STARTS = pytest.mark.parametrize("route", [execute, webhook], indirect=True)


@pytest.fixture
async def route(request: pytest.FixtureRequest, api: Client, database: Database) -> Route:
    made: Route = await request.param(api, database)
    return made


@ROUTES
async def test_an_equal_request_gets_the_same_bytes_and_starts_nothing(
    api: Client, database: Database, route: Route
) -> None:
    first = await route.send(api)
    runs = await runs_of(api, database)
    second = await route.send(api)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.content == second.content
    assert await runs_of(api, database) == runs


@ROUTES
async def test_only_the_repeated_answer_says_that_it_is_one(api: Client, route: Route) -> None:
    answers = [await route.send(api) for _ in range(2)]
    assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true"]


@ROUTES
async def test_an_answer_with_a_key_is_that_without_but_for_ids_and_times(api: Client, route: Route) -> None:
    keyed, plain = (await route.send(api)).json(), (await route.send(api, {})).json()
    runs = [answer.get("new_run", answer) for answer in (keyed, plain)]
    for run in runs:
        run.update({name: "" for name in ("id", "started_at", "created_at") if name in run})
    assert keyed == plain


@ROUTES
async def test_twenty_equal_requests_at_once_start_one_run(api: Client, database: Database, route: Route) -> None:
    before = await runs_of(api, database)
    answers = await asyncio.gather(*(route.send(api) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert await runs_of(api, database) == before + 1


@ROUTES
async def test_another_key_is_another_request(api: Client, database: Database, route: Route) -> None:
    before = await runs_of(api, database)
    for key in ("1", "2"):
        await route.send(api, {"Idempotency-Key": key})
    assert await runs_of(api, database) == before + 2


@ROUTES
async def test_a_run_with_a_key_is_rung_for(api: Client, route: Route) -> None:
    redis = api.app.state.resources.redis
    await redis.flushdb()
    await route.send(api)
    assert await redis.zcard("virga:queue") == 1


@STARTS
async def test_the_same_key_with_another_body_is_refused(api: Client, database: Database, route: Route) -> None:
    await route.send(api)
    runs = await runs_of(api, database)
    route.body = {"context": {"name": "Bob"}}
    error = json_of(await route.send(api), 422)
    assert (error["code"], error["errors"][0]["path"]) == ("idempotency_key_reused", "Idempotency-Key")
    assert await runs_of(api, database) == runs


@pytest.mark.parametrize("route", [webhook, rerun, resume], indirect=True)
async def test_the_same_key_with_another_query_is_refused(api: Client, route: Route) -> None:
    await route.send(api)
    assert json_of(await route.send(api, definition="original"), 422)["code"] == "idempotency_key_reused"


async def test_a_body_is_compared_as_it_was_sent(api: Client, database: Database) -> None:
    route = await execute(api, database)
    headers = KEY | {"Content-Type": "application/json"}
    answers = [await api.post(route.path, content=body, headers=headers) for body in ("{}", "{ }")]
    assert [answer.status_code for answer in answers] == [202, 422]


async def test_the_same_key_for_something_else_is_another_request(api: Client, database: Database) -> None:
    run = await old_run(api, database)
    routes = [await execute(api, database), await execute(api, database), Route(f"/workflows/runs/{run}/rerun", None)]
    routes.append(Route(f"/workflows/runs/{run}/resume-from/t", None))
    answers = [await route.send(api) for route in routes]
    assert len({answer.content for answer in answers}) == 4
    assert all("idempotency-replayed" not in answer.headers for answer in answers)


async def test_keys_of_other_organizations_are_others(api: Client, database: Database) -> None:
    for client in (api, api.other()):
        route = await execute(client, database)
        assert "idempotency-replayed" not in (await route.send(client)).headers


@ROUTES
async def test_a_key_is_forgotten_after_a_day(api: Client, database: Database, route: Route) -> None:
    first = await route.send(api)
    age = "UPDATE idempotency_keys SET created_at = created_at - CAST(:age AS interval) WHERE org_id = :org"
    await database.execute(age, age=timedelta(hours=23, minutes=59), org=api.org_id)
    assert (await route.send(api)).content == first.content
    await database.execute(age, age=timedelta(minutes=2), org=api.org_id)
    again = await route.send(api)
    assert (again.status_code, again.content == first.content) == (202, False)
    assert (await route.send(api)).content == again.content


@STARTS
async def test_what_was_refused_is_not_remembered(api: Client, database: Database, route: Route) -> None:
    workflow_id = await database.value("SELECT id FROM workflows WHERE org_id = :org", org=api.org_id)
    await api.put(f"/workflows/{workflow_id}", json={"is_active": False})
    assert (await route.send(api)).status_code == 409
    await api.put(f"/workflows/{workflow_id}", json={"is_active": True})
    answer = await route.send(api)
    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (202, False)


@STARTS
async def test_what_was_accepted_is_remembered_though_it_would_be_refused_now(
    api: Client, database: Database, route: Route
) -> None:
    first = await route.send(api)
    workflow_id = await database.value("SELECT id FROM workflows WHERE org_id = :org", org=api.org_id)
    await api.put(f"/workflows/{workflow_id}", json={"is_active": False})
    assert (await route.send(api)).content == first.content


@pytest.mark.parametrize("key", ["", " ", "a b", "k" * 256, "\u00e9", "\x7f", "a\tb"])
async def test_a_key_that_is_no_word_is_refused(api: Client, database: Database, key: str) -> None:
    route = await execute(api, database)
    answer = await api.post(route.path, json=BODY, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
    error = json_of(answer, 422)
    assert (error["code"], error["errors"][0]["path"]) == ("parameter_invalid", "Idempotency-Key")


@pytest.mark.parametrize("key", ["k", "k" * 255, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"])
async def test_a_key_may_be_any_word(api: Client, database: Database, key: str) -> None:
    route = await execute(api, database)
    answers = [await route.send(api, {"Idempotency-Key": key}) for _ in range(2)]
    assert answers[0].content == answers[1].content


async def test_a_run_id_of_any_length_is_not_found(api: Client) -> None:
    answer = await api.post(f"/workflows/runs/{'x' * 8000}/rerun", headers=KEY)
    assert json_of(answer, 404)["code"] == "run_not_found"


async def test_a_start_with_a_key_costs_7(api: Client, database: Database) -> None:
    route = await execute(api, database)
    with counted_statements(api.app) as first:
        await route.send(api)
    with counted_statements(api.app) as second:
        await route.send(api)
    assert (len(first), len(second)) == (7, 6)


@pytest.mark.parametrize("make", [execute, webhook, rerun, resume])
async def test_a_commit_whose_answer_was_lost_is_found_by_the_retry(
    make_database: Callable[[], str],
    redis_url: str,
    tmp_path: Path,
    make: Make,
) -> None:
    url = make_database()
    async with (
        FaultProxy(url, tmp_path) as proxy,
        serving(proxy.url, redis_url) as app,
        Client(app) as api,
        database_of(url) as database,
    ):
        route = await make(api, database)
        before = await runs_of(api, database)
        with counted_statements(app) as statements:
            proxy.policy = lost_commits(lambda _: any("UPDATE idempotency_keys" in sent for sent in statements[-1:]))
            lost = await route.send(api)
        proxy.policy = pass_all
        found = await route.send(api)
        assert (proxy.lost, lost.status_code, found.status_code) == (1, 503, 202)
        assert found.headers["idempotency-replayed"] == "true"
        assert await runs_of(api, database) == before + 1


async def test_what_a_key_had_is_documented(api: Client) -> None:
    paths = api.app.openapi()["paths"]
    taking = {
        path
        for path, operations in paths.items()
        for operation in operations.values()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    }
    assert taking == {
        "/workflows/{workflowId}/execute",
        "/workflows/runs/{runId}/rerun",
        "/workflows/runs/{runId}/resume-from/{nodeId}",
        "/workflows/webhooks/{webhookToken}",
    }
