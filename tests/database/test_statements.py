"""The short way to the database: parameters, transactions that end, and connections that did not live."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import db
from app.core.db import REST_SECONDS, blames_data, create_engine, is_outage
from app.core.statements import Driver, Statement, autocommitted, driver_within, transaction

INSERT = Statement("INSERT INTO kept (word) VALUES (:word)")
ALL = Statement("SELECT word FROM kept ORDER BY word")
BACKEND = Statement("SELECT pg_backend_pid() AS pid")
GOODBYE = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
NAMES = st.lists(st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True), min_size=1, max_size=8)


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(postgres_url, role=None, pool_size=1, application="test")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE UNLOGGED TABLE kept (word text PRIMARY KEY)"))
    yield engine
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE kept"))
    await engine.dispose()


async def kept(engine: AsyncEngine) -> list[str]:
    async with autocommitted(engine) as driver:
        return await ALL.column(driver, {})


async def backend(engine: AsyncEngine) -> int:
    async with autocommitted(engine) as driver:
        [pid] = await BACKEND.column(driver, {})
    return int(pid)


async def end_backend(postgres_url: str, pid: int) -> None:
    """Let the server close a connection, and wait until it has."""
    engine = create_engine(postgres_url, role=None, pool_size=1, application="test")
    async with autocommitted(engine) as driver:
        await Statement("SELECT pg_terminate_backend(:pid, 5000)").rows(driver, {"pid": pid})
    await engine.dispose()


@given(NAMES)
def test_each_name_is_one_parameter_however_often_it_is_written(names: list[str]) -> None:
    statement = Statement(" + ".join(f":{name}::int" for name in names))
    order = list(dict.fromkeys(names))
    assert statement.sql == " + ".join(f"${order.index(name) + 1}::int" for name in names)


async def test_rows_have_their_columns_as_attributes_and_by_name(engine: AsyncEngine) -> None:
    async with autocommitted(engine) as driver:
        [row] = await Statement("SELECT :a::int AS a, :b::text AS b, :a::int + 1 AS c").rows(driver, {"a": 1, "b": "x"})
    assert (row.a, row.b, dict(row)) == (1, "x", {"a": 1, "b": "x", "c": 2})
    with pytest.raises(AttributeError):
        _ = row.d


async def test_a_block_that_ends_well_is_committed(engine: AsyncEngine) -> None:
    async with transaction(engine) as driver:
        await INSERT.run_for_each(driver, [{"word": "a"}, {"word": "b"}])
    assert await kept(engine) == ["a", "b"]


async def test_a_block_that_fails_leaves_nothing_and_its_connection_usable(engine: AsyncEngine) -> None:
    async def fail() -> None:
        async with transaction(engine) as driver:
            await INSERT.rows(driver, {"word": "a"})
            raise ZeroDivisionError

    before = await backend(engine)
    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await kept(engine), await backend(engine)) == ([], before)


async def test_a_block_that_is_cancelled_leaves_neither_rows_nor_locks(engine: AsyncEngine) -> None:
    started = asyncio.Event()

    async def hold() -> None:
        async with transaction(engine) as driver:
            await INSERT.rows(driver, {"word": "a"})
            started.set()
            await Statement("SELECT pg_sleep(60)").rows(driver, {})

    task = asyncio.create_task(hold())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(20), transaction(engine) as driver:
        await INSERT.rows(driver, {"word": "a"})
    assert await kept(engine) == ["a"]


async def test_a_connection_on_which_nobody_waits_any_longer_is_not_used_again(engine: AsyncEngine) -> None:
    async def sleep() -> None:
        async with autocommitted(engine) as driver, asyncio.timeout(0.05):
            await Statement("SELECT pg_sleep(60)").rows(driver, {})

    before = await backend(engine)
    with pytest.raises(TimeoutError):
        await sleep()
    assert await backend(engine) != before


@pytest.mark.parametrize("word", ["a", "\0", 5], ids=["taken", "refused by the server", "refused by the driver"])
async def test_data_that_is_refused_is_blamed(engine: AsyncEngine, word: object) -> None:
    async def insert() -> None:
        async with transaction(engine) as driver:
            await INSERT.rows(driver, {"word": "a"})
            await INSERT.rows(driver, {"word": word})

    with pytest.raises(DBAPIError) as raised:
        await insert()
    assert (blames_data(raised.value), is_outage(raised.value), await kept(engine)) == (True, False, [])


async def test_a_connection_that_is_lost_in_a_transaction_is_an_outage_and_is_replaced(
    engine: AsyncEngine, postgres_url: str
) -> None:
    async def lose() -> None:
        async with transaction(engine) as driver:
            await INSERT.rows(driver, {"word": "a"})
            [pid] = await BACKEND.column(driver, {})
            await end_backend(postgres_url, pid)
            await INSERT.rows(driver, {"word": "b"})

    with pytest.raises(DBAPIError) as raised:
        await lose()
    assert (is_outage(raised.value), await kept(engine)) == (True, [])


def say_goodbye(driver: Any) -> None:
    """Let the driver read what the server sends before it closes a connection, and not yet that it is closed."""
    driver._protocol.data_received(b"E" + (4 + len(GOODBYE)).to_bytes(4) + GOODBYE)


async def test_a_connection_whose_end_the_server_has_announced_is_an_outage_and_is_replaced(
    engine: AsyncEngine,
) -> None:
    async def come_too_late() -> None:
        async with autocommitted(engine) as driver:
            say_goodbye(driver)
            await BACKEND.rows(driver, {})

    before = await backend(engine)
    with pytest.raises(DBAPIError) as raised:
        await come_too_late()
    assert (is_outage(raised.value), await backend(engine) == before) == (True, False)


async def test_a_block_that_fails_while_the_server_says_goodbye_fails_as_it_did(engine: AsyncEngine) -> None:
    async def fail() -> None:
        async with transaction(engine) as driver:
            await INSERT.rows(driver, {"word": "a"})
            say_goodbye(driver)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await kept(engine) == []


@pytest.mark.parametrize("repeats", [False, True])
async def test_a_connection_that_was_closed_while_it_rested_is_replaced_before_it_is_used(
    postgres_url: str, *, repeats: bool
) -> None:
    engine = create_engine(postgres_url, role=None, pool_size=1, application="test", repeats=repeats)
    before = await backend(engine)
    await end_backend(postgres_url, before)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT pg_backend_pid()")) != before
    await engine.dispose()


async def test_a_connection_that_has_rested_is_asked_whether_it_answers(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ping(_driver: Driver) -> None:
        raise TimeoutError

    before = await backend(engine)
    monkeypatch.setattr(db, "_ping", ping)
    used_again = await backend(engine)
    moment = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: moment + REST_SECONDS + 1)
    assert (used_again == before, await backend(engine) == before) == (True, False)


async def test_sqlalchemy_and_the_driver_share_a_transaction(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO kept (word) VALUES ('a')"))
        await INSERT.rows(driver_within(connection), {"word": "b"})
        await connection.rollback()
    assert await kept(engine) == []


async def test_there_is_nothing_to_share_before_sqlalchemy_has_begun(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        with pytest.raises(RuntimeError, match="No transaction"):
            driver_within(connection)
