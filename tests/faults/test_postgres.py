"""Postgres restarts, dies, and throws everybody out: what was accepted ends, and both processes recover alone."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from app.core.db import is_outage
from app.embedded.postgres import Postgres
from tests.faults.calls import repeated
from tests.faults.graphs import links
from tests.faults.ledger import Ledger
from tests.faults.load import Load
from tests.faults.system import System, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

STOP_SECONDS = 20.0
OUTAGE_SECONDS = 10.0  # longer than a lease
TERMINATE = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name LIKE 'virga-%'
"""
BACKENDS = (
    "SELECT pid, application_name LIKE 'virga-%' AS ours FROM pg_stat_activity WHERE backend_type = 'client backend'"
)
WORKERS = "SELECT id FROM workers WHERE dead_at IS NULL ORDER BY id"
ROUNDS = 2

Hurt = Callable[[System, Postgres, random.Random], Awaitable[None]]


@pytest.fixture
async def system(postgres: Postgres, redis_url: str, tmp_path: Path, ledger: Ledger) -> AsyncIterator[System]:
    async with System(postgres.url, redis_url, tmp_path, ledger) as system:
        yield system


def restart(number: signal.Signals, kind: str) -> Hurt:
    """Return what ends the postmaster by a signal, and starts it again."""

    async def hurt(system: System, postgres: Postgres, _: random.Random) -> None:
        assert postgres._process is not None
        with system.ledger.lasting(kind):
            await asyncio.to_thread(postgres._process.stop, number, STOP_SECONDS)
            await asyncio.to_thread(postgres.start)

    return hurt


async def kill_a_backend(system: System, _: Postgres, chance: random.Random) -> None:
    """Kill one session's process: Postgres ends all the others too, and recovers as after a crash."""
    backends = await system.rows(BACKENDS)
    with system.ledger.lasting("kill -9 of one Postgres session"):
        os.kill(chance.choice([backend.pid for backend in backends if backend.ours]), signal.SIGKILL)
        await until(lambda: are_gone(system, {backend.pid for backend in backends}))


async def are_gone(system: System, pids: set[int]) -> bool:
    try:
        return pids.isdisjoint(backend.pid for backend in await system.rows(BACKENDS))
    except Exception as error:
        if not is_outage(error):
            raise
        return False


HURTS = (
    restart(signal.SIGINT, "fast restart of Postgres (SIGINT)"),
    restart(signal.SIGQUIT, "immediate restart of Postgres (SIGQUIT)"),
    restart(signal.SIGKILL, "kill -9 of Postgres"),
    kill_a_backend,
)


async def test_restarts_and_crashes_under_load_lose_and_repeat_nothing(
    system: System, postgres: Postgres, chance: random.Random
) -> None:
    """No worker is taken for dead, however often its beats found no database."""
    async with system.witness() as target:
        target.delay_seconds = 0.02
        workflow = await system.create(links(target, 2))
        programs = [system.api, await system.worker(), await system.worker()]
        workers = await system.rows(WORKERS)
        async with Load(system, workflow) as load:
            for hurt in chance.sample(HURTS * ROUNDS, len(HURTS) * ROUNDS):
                await load.accepts(chance.randint(5, 25))
                await hurt(system, postgres, chance)
                await load.recovers()
        await system.verify()
        assert await system.rows(WORKERS) == workers
    assert repeated(target) == set()
    assert all(program.is_running for program in programs)


async def test_sessions_that_are_ended_again_and_again_lose_and_repeat_nothing(
    system: System, chance: random.Random
) -> None:
    async with system.witness() as target:
        target.delay_seconds = 0.02
        workflow = await system.create(links(target, 3))
        programs = [system.api, await system.worker(), await system.worker()]
        workers = await system.rows(WORKERS)
        async with Load(system, workflow) as load:
            for _ in range(10):
                await load.accepts(chance.randint(5, 25))
                with system.ledger.lasting("all sessions ended (pg_terminate_backend)"):
                    assert (await system.rows(TERMINATE))[0][0] > 0
                await load.recovers()
        await system.verify()
        assert await system.rows(WORKERS) == workers
    assert repeated(target) == set()
    assert all(program.is_running for program in programs)


async def test_an_outage_longer_than_a_lease_repeats_nothing(system: System, postgres: Postgres) -> None:
    """No beat gets through for ten seconds, so no effect may begin; afterwards the same worker goes on."""
    assert postgres._process is not None
    async with system.witness() as target:
        target.delay_seconds = 0.1
        workflow = await system.create(links(target, 8))
        worker = await system.worker()
        await system.execute(workflow, 20)
        await system.holds("SELECT count(*) > 40 FROM run_logs")
        with system.ledger.lasting("Postgres away for 10 s"):
            await asyncio.to_thread(postgres._process.stop, signal.SIGQUIT, STOP_SECONDS)
            await asyncio.sleep(OUTAGE_SECONDS)  # not a wait for something: the outage itself
            await asyncio.to_thread(postgres.start)
        async with Load(system, workflow, clients=1) as load:
            await load.recovers()
        await system.verify()
    assert repeated(target) == set()
    assert worker.is_running
