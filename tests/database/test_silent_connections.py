"""Connections on which the server says nothing any more: each is given up as soon as somebody has waited in vain."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import db
from app.core.clock import Clock
from app.core.db import API_ROLE, create_engine
from app.core.statements import Driver, Statement, autocommitted, transaction
from app.queue.client import Doorbell, connect
from app.unit_of_work import unit_of_work

ONE = Statement("SELECT 1 AS one")
BACKEND = Statement("SELECT pg_backend_pid() AS pid")


@pytest.fixture
async def engine(own_database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncEngine]:
    monkeypatch.setattr(db, "ANSWER_SECONDS", 0.2)
    engine = create_engine(own_database, role=API_ROLE, pool_size=1, application="test")
    yield engine
    await engine.dispose()


@contextmanager
def silent(backend: int) -> Iterator[None]:
    """Stop the process behind a connection for the length of the block."""
    os.kill(backend, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(backend, signal.SIGCONT)


async def backend_of(driver: Driver) -> int:
    [pid] = await BACKEND.column(driver, {})
    return int(pid)


async def test_a_statement_that_is_not_answered_in_time_closes_its_connection_at_once(engine: AsyncEngine) -> None:
    """What is left of the transaction is not rolled back, since that would not be answered either."""
    was_closed: list[bool] = []

    async def ask_in_vain() -> None:
        async with transaction(engine) as driver:
            with silent(await backend_of(driver)):
                try:
                    await ONE.rows(driver, {})
                finally:
                    was_closed.append(driver.is_closed())

    with pytest.raises(TimeoutError):
        await ask_in_vain()
    assert was_closed == [True]
    async with transaction(engine) as driver:
        assert await ONE.column(driver, {}) == [1]


async def test_a_unit_of_work_that_is_not_answered_in_time_fails_for_that_alone(
    engine: AsyncEngine, redis_url: str
) -> None:
    """Neither a statement's own time that is over nor somebody else's is hidden by a rollback that cannot be."""
    was_closed: list[bool] = []

    doorbell = Doorbell(connect(redis_url, timeout_seconds=1.0, connections=1), Clock())

    async def ask_in_vain() -> None:
        async with unit_of_work(engine, doorbell, "org-a") as work:
            driver = await work.driver()
            with silent(await backend_of(driver)):
                try:
                    await ONE.rows(driver, {})
                finally:
                    was_closed.append(driver.is_closed())

    async def lose_patience() -> None:
        async with asyncio.timeout(0.1):
            await ask_in_vain()

    for fails in (ask_in_vain, lose_patience):
        with pytest.raises(TimeoutError):
            await fails()
    assert was_closed == [True, True]


async def test_sqlalchemy_gives_up_a_connection_that_does_not_answer_in_time(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        [pid] = (await connection.execute(text("SELECT pg_backend_pid()"))).one()
        with silent(pid), pytest.raises(TimeoutError):
            await connection.execute(text("SELECT 1"))
        assert connection.invalidated
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1


async def test_a_connection_that_does_not_answer_while_it_rests_is_replaced(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "REST_SECONDS", 0.0)
    monkeypatch.setattr(db, "PING_SECONDS", 0.1)
    async with autocommitted(engine) as driver:
        before = await backend_of(driver)
    with silent(before):
        async with autocommitted(engine) as driver:
            after = await backend_of(driver)
    assert after != before
