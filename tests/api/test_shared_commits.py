"""Starts that share a commit: what one of them does wrong is its own affair."""

import asyncio
from typing import NoReturn

import pytest
from sqlalchemy.exc import DBAPIError

from app.runs.repository.starts import RunStart, RunStarter
from tests.factories.workflows import workflow
from tests.fixtures.api import Client, Database, json_of


def start_of(api: Client, workflow_id: str, payload: str) -> RunStart:
    return RunStart(api.org_id, workflow_id, 1, "manual", payload, "tester")


def refuse(*_: object, **__: object) -> NoReturn:
    raise ConnectionRefusedError


async def stored(database: Database, workflow_id: str) -> int:
    return int(await database.value("SELECT count(*) FROM runs WHERE workflow_id = :id", id=workflow_id))


async def test_only_the_run_that_the_database_refuses_fails(api: Client, database: Database) -> None:
    starter: RunStarter = api.app.state.run_starter
    saved = await api.created(workflow())
    payloads = ["{}"] * 5 + ["no json"] + ["{}"] * 5
    results = await asyncio.gather(
        *(starter.start(start_of(api, saved["id"], payload)) for payload in payloads), return_exceptions=True
    )
    assert [isinstance(result, DBAPIError) for result in results] == [payload != "{}" for payload in payloads]
    assert await stored(database, saved["id"]) == 10


async def test_only_runs_that_were_inserted_are_counted(api: Client, database: Database) -> None:
    starter: RunStarter = api.app.state.run_starter
    saved = await api.created(workflow())
    starts = [starter.start(start_of(api, saved["id"], payload)) for payload in ("{}", "no json", "{}")]
    await asyncio.gather(*starts, return_exceptions=True)
    counted = await database.value("SELECT sum(count) FROM workflow_counts WHERE workflow_id = :id", id=saved["id"])
    assert counted == 2


async def test_a_client_that_leaves_takes_nobodys_run_with_it(api: Client, database: Database) -> None:
    starter: RunStarter = api.app.state.run_starter
    saved = await api.created(workflow())
    leaving, staying = [asyncio.create_task(starter.start(start_of(api, saved["id"], "{}"))) for _ in range(2)]
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    await starter.close()
    assert await stored(database, saved["id"]) == 2


@pytest.mark.parametrize("engine", ["lookups", "starter"])
async def test_without_the_database_nothing_is_accepted(own_api: Client, engine: str) -> None:
    saved = await own_api.created(workflow())
    pool = getattr(own_api.app.state.resources, engine)
    await pool.dispose()
    pool.sync_engine.pool._creator = refuse
    answer = await own_api.post(f"/workflows/{saved['id']}/execute")
    assert (json_of(answer, 503)["code"], answer.headers["retry-after"]) == ("unavailable", "1")


async def test_without_redis_runs_are_accepted_all_the_same(own_api: Client, database: Database) -> None:
    saved = await own_api.created(workflow())
    resources = own_api.app.state.resources
    await resources.redis.aclose()
    resources.redis.connection_pool.connection_kwargs["path"] = "/nowhere"
    run = await own_api.started(saved["id"])
    assert await database.value("SELECT status FROM runs WHERE id = :id", id=run["id"]) == "pending"
