"""What counts as an outage, what is said of it, and that a connection which takes no changes is not kept."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import create_engine, is_outage, words_of_outage
from app.core.statements import Statement, autocommitted

RAISE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"
FOR_NOW = "The database takes no changes for now; try again."
FULL = "The database has no space left; try again when its operator has made some."
BUSY = "The database is too busy for this now; try again."
AWAY = "The database cannot be reached; try again."
READ_ONLY = "SET default_transaction_read_only = on"
CHANGE = "DELETE FROM idempotency_keys WHERE false"


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(postgres_url, role=None, pool_size=1, application="test")
    yield engine
    await engine.dispose()


async def by_sqlalchemy(engine: AsyncEngine, sql: str) -> None:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text(sql))


async def by_the_driver(engine: AsyncEngine, sql: str) -> None:
    async with autocommitted(engine) as driver:
        await Statement(sql).rows(driver, {})


Way = Callable[[AsyncEngine, str], Awaitable[None]]
both_ways = pytest.mark.parametrize("execute", [by_sqlalchemy, by_the_driver])


@both_ways
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("40P01", BUSY),
        ("40001", BUSY),
        ("53300", BUSY),
        ("53100", FULL),
        ("25006", FOR_NOW),
        ("57P03", AWAY),
        ("58030", AWAY),
    ],
)
async def test_what_passes_by_itself_is_an_outage(engine: AsyncEngine, execute: Way, state: str, said: str) -> None:
    with pytest.raises(DBAPIError) as raised:
        await execute(engine, RAISE.format(state=state))
    assert (is_outage(raised.value), words_of_outage(raised.value)) == (True, said)


@pytest.mark.parametrize("state", ["42501", "42P01", "23505", "22001", "25P02", "XX001"])
async def test_what_does_not_pass_by_itself_is_none(engine: AsyncEngine, state: str) -> None:
    with pytest.raises(DBAPIError) as raised:
        await by_the_driver(engine, RAISE.format(state=state))
    assert not is_outage(raised.value)


def test_too_many_connections_are_an_outage_where_a_connection_is_made() -> None:
    refused = asyncpg.TooManyConnectionsError("sorry, too many clients already")
    assert (is_outage(refused), words_of_outage(refused)) == (True, BUSY)


@both_ways
async def test_a_connection_that_takes_no_changes_is_replaced(engine: AsyncEngine, execute: Way) -> None:
    """As after a failover: what it was opened to is a standby now."""
    await execute(engine, CHANGE)
    await execute(engine, READ_ONLY)
    with pytest.raises(DBAPIError):
        await execute(engine, CHANGE)
    await execute(engine, CHANGE)
