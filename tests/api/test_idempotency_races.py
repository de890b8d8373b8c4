"""Equal requests with an `Idempotency-Key` that meet: one is carried out, the others wait, though not for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from app.http.idempotency import gate, repository
from tests.api.keyed import KEY, execute
from tests.factories.runs import NOON
from tests.fixtures.api import Client, Database, json_of


@asynccontextmanager
async def held_key(database: Database, api: Client) -> AsyncIterator[None]:
    """Keep the key in a transaction that does not end, as an equal request does that takes long."""
    workflow_id = await database.value("SELECT id FROM workflows WHERE org_id = :org", org=api.org_id)
    async with database.engine.connect() as connection:
        await connection.execute(
            text(
                "INSERT INTO idempotency_keys (org_id, route, resource, key, request_hash, answer, created_at)"
                " VALUES (:org, 'execute', :workflow, :key, '', '', :now)"
            ),
            {"org": api.org_id, "workflow": workflow_id, "key": KEY["Idempotency-Key"], "now": NOON},
        )
        yield
        await connection.rollback()


async def test_an_equal_request_that_takes_too_long_is_named(
    api: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "PATIENCE_SECONDS", 0.2)
    route = await execute(api, database)
    async with held_key(database, api):
        assert json_of(await route.send(api), 409)["code"] == "idempotency_in_progress"


async def test_an_equal_request_that_takes_too_long_in_this_process_is_named(
    api: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "PATIENCE_SECONDS", 0.2)
    route = await execute(api, database)
    async with held_key(database, api):
        first = asyncio.create_task(route.send(api))
        await _until_somebody_waits(database)
        assert json_of(await route.send(api), 409)["code"] == "idempotency_in_progress"
    assert (await first).status_code == 202


async def test_equal_requests_that_wait_leave_connections_to_others(api: Client, database: Database) -> None:
    route = await execute(api, database)
    async with held_key(database, api):
        waiting = [asyncio.create_task(route.send(api)) for _ in range(20)]
        await _until_somebody_waits(database)
        async with asyncio.timeout(2):
            assert (await api.get("/workflows")).status_code == 200
        assert api.app.state.resources.engine.pool.checkedout() == 1
    answers = await asyncio.gather(*waiting)
    assert len({answer.content for answer in answers}) == 1


async def test_where_the_first_request_comes_to_nothing_the_next_one_is_carried_out(
    api: Client, database: Database
) -> None:
    route = await execute(api, database)
    async with held_key(database, api):
        waiting = asyncio.create_task(route.send(api))
        await _until_somebody_waits(database)
    assert (await waiting).status_code == 202


async def _until_somebody_waits(database: Database) -> None:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(5):
        while not await database.value(waits):
            await asyncio.sleep(0.01)
