"""Postgres takes no more sessions, or no changes: starts get 503 for as long, and no longer."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from app.embedded.postgres import Postgres
from tests.faults.ledger import Ledger
from tests.faults.load import load_on
from tests.faults.system import System, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FOR_NOW = "The database takes no changes for now; try again."
BUSY = "The database is too busy for this now; try again."
TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'virga-%'
"""


@pytest.fixture
async def system(postgres: Postgres, redis_url: str, tmp_path: Path, ledger: Ledger) -> AsyncIterator[System]:
    async with System(postgres.url, redis_url, tmp_path, ledger) as system:
        yield system


@asynccontextmanager
async def no_more_sessions(system: System, url: str) -> AsyncIterator[None]:
    """Take all of Postgres' sessions, those of the product too, while the block lasts."""
    async with AsyncExitStack() as idle:

        async def are_all_taken() -> bool:
            [(ended,)] = await system.rows(TERMINATE)
            try:
                while True:
                    connection = await asyncpg.connect(url, server_settings={"application_name": "idle"})
                    idle.push_async_callback(connection.close)
            except asyncpg.TooManyConnectionsError:
                return bool(ended == 0)

        with system.ledger.lasting("no more sessions (max_connections)"):
            await until(are_all_taken)
            yield


async def execute(url: str, statement: str) -> None:
    """Execute a statement in a session of its own, which may change things whatever the database says."""
    connection = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
    await connection.execute(statement)
    await connection.close()


async def test_without_sessions_starts_are_refused_and_all_goes_on_when_there_are_some(
    system: System, postgres: Postgres, chance: random.Random
) -> None:
    async with load_on(system) as load:
        for _ in range(2):
            await load.accepts(chance.randint(10, 30))
            async with no_more_sessions(system, postgres.url):
                await load.refuses(10)
            await load.recovers()
    assert BUSY in load.sentences


async def test_a_read_only_database_is_said_to_be_so_and_all_goes_on_when_it_is_writable(
    system: System, postgres: Postgres, chance: random.Random
) -> None:
    """Nobody ends the sessions that were opened while it was read-only: the product has to find out."""
    async with load_on(system) as load:
        for _ in range(3):
            await load.accepts(chance.randint(10, 30))
            with system.ledger.lasting("read-only database"):
                await execute(postgres.url, "ALTER DATABASE virga SET default_transaction_read_only = on")
                await system.rows(TERMINATE)
                await load.refuses(10)
                await execute(postgres.url, "ALTER DATABASE virga RESET default_transaction_read_only")
            await load.recovers()
    assert FOR_NOW in load.sentences
