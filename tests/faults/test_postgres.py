"""Postgres restarts without a word to anybody: what was accepted ends, and both processes recover by themselves."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.embedded.postgres import Postgres
from tests.faults.calls import repeated
from tests.faults.ledger import Ledger
from tests.faults.system import System
from tests.fixtures.target import Target
from tests.worker.world import call, chain, text

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


@pytest.fixture
async def system(postgres: Postgres, redis_url: str, tmp_path: Path, ledger: Ledger) -> AsyncIterator[System]:
    async with System(postgres.url, redis_url, tmp_path, ledger) as system:
        yield system


def restart_immediately(postgres: Postgres) -> None:
    """Do what `pg_ctl restart -m immediate` does: sessions are cut, nothing is written out, recovery follows."""
    assert postgres._process is not None
    postgres._process.stop(signal.SIGQUIT, 20)
    postgres.start()


async def start_until(system: System, workflow_id: str, done: asyncio.Event) -> list[str]:
    """Start runs one after the other. Returns those that were accepted; the others must be told to come again."""
    accepted = []
    while not done.is_set():
        answer = await system.http.post(f"/workflows/{workflow_id}/execute")
        if answer.status_code == httpx.codes.ACCEPTED:
            accepted.append(answer.json()["id"])
        else:
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
    return accepted


async def test_restarts_under_load_lose_no_run(system: System, postgres: Postgres) -> None:
    async with Target() as target:
        target.delay_seconds = 0.02
        steps = [call("one", target.url()), text("between", "{{ t.run_id }}"), call("two", target.url())]
        workflow = await system.create(chain(*steps))
        worker = await system.worker()
        done = asyncio.Event()
        load = [asyncio.create_task(start_until(system, workflow, done)) for _ in range(5)]
        for enough in (40, 80):
            await system.holds("SELECT count(*) > :enough FROM runs", enough=enough)
            await asyncio.to_thread(restart_immediately, postgres)
        await system.holds("SELECT count(*) > 120 FROM runs")
        done.set()
        accepted = [run for started in await asyncio.gather(*load) for run in started]
        await system.holds("SELECT bool_and(status IN ('completed', 'failed')) FROM runs")
        later = await system.execute(workflow, 5)
        assert await system.ended(later) == {"completed"}
    rows = await system.rows("SELECT id, status, error_message FROM runs")
    assert {row.error_message for row in rows} == {None}
    assert set(accepted) <= {row.id for row in rows if row.status == "completed"}
    assert len(accepted) > 50
    assert repeated(target) == set()
    assert (system.api.is_running, worker.is_running) == (True, True)


async def test_an_outage_longer_than_a_lease_repeats_nothing(system: System, postgres: Postgres) -> None:
    """No beat gets through for ten seconds, so no effect may begin; afterwards the same worker goes on."""
    assert postgres._process is not None
    async with Target() as target:
        target.delay_seconds = 0.3
        workflow = await system.create(chain(*(call(f"n{number}", target.url()) for number in range(8))))
        worker = await system.worker()
        runs = await system.execute(workflow, 20)
        await system.holds("SELECT count(*) > 40 FROM run_logs")
        await asyncio.to_thread(postgres._process.stop, signal.SIGQUIT, 20)
        await asyncio.sleep(10)  # not a wait for something: the outage itself, longer than a lease
        await asyncio.to_thread(postgres.start)
        await system.api_is_ready()
        assert await system.ended(runs) == {"completed"}
    assert (len(target.requests), repeated(target)) == (20 * 8, set())
    assert worker.is_running
