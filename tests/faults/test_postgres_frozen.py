"""Postgres answers nothing for a while, as a machine that pages or a paused container: nobody waits for ever for it."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.embedded.postgres import Postgres
from app.embedded.processes import all_in
from tests.faults.calls import repeated
from tests.faults.system import Accepted, System
from tests.fixtures.target import Target
from tests.worker.world import call, chain, text

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FROZEN_SECONDS = 20.0  # longer than a lease, and than anybody is let wait for an answer
LONG_FROZEN_SECONDS = 40.0  # longer than a worker waits for one
ANSWER_SECONDS = 18.0  # a connection of the pool, its ping, a new one, or a statement: 15 s at the most, and some load
BACK_SECONDS = 5.0
PATHS = ("/workflows", "/workflows/logs/recent", "/workflows/vault", "/workflows/audit")


@pytest.fixture
async def system(postgres: Postgres, redis_url: str, tmp_path: Path) -> AsyncIterator[System]:
    async with System(postgres.url, redis_url, tmp_path) as system:
        yield system


@contextmanager
def frozen(postgres: Postgres) -> Iterator[None]:
    """Stop every process of a server for the length of the block: first the one that would start others."""
    assert postgres._process is not None
    postgres._process.send(signal.SIGSTOP)
    stopped = [process for process in all_in(postgres._data_dir) if process.pid != postgres._process.pid]
    for process in stopped:
        process.send(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in [*stopped, postgres._process]:
            process.send(signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody who wanted something was told, and after how long."""

    seconds: float
    answer: httpx.Response

    @property
    def is_refused(self) -> bool:
        return self.answer.status_code == httpx.codes.SERVICE_UNAVAILABLE


async def ask_until(done: asyncio.Event, ask: Callable[[], Awaitable[httpx.Response]]) -> list[Answered]:
    """Ask for the same thing again and again; who is refused comes again when he was told to."""
    answers = []
    while not done.is_set():
        began = time.monotonic()
        answer = await ask()
        answers.append(Answered(time.monotonic() - began, answer))
        if answers[-1].is_refused:
            await asyncio.sleep(int(answer.headers["Retry-After"]))
    return answers


async def first_end(system: System, workflow_id: str) -> None:
    """Start runs until one is accepted, and wait for its end."""
    answer = await system.http.post(f"/workflows/{workflow_id}/execute")
    while answer.status_code != httpx.codes.ACCEPTED:
        answer = await system.http.post(f"/workflows/{workflow_id}/execute")
    assert await system.ended([Accepted(answer.json()["id"], 0)]) == {"completed"}


async def test_a_freeze_under_load_loses_no_run_and_keeps_nobody_waiting(system: System, postgres: Postgres) -> None:
    """Who asks is told to come again; when the server goes on, so does everything, and no call is made twice."""
    async with Target() as target:
        target.delay_seconds = 0.02
        steps = chain(call("one", target.url()), text("between", "{{ t.run_id }}"), call("two", target.url()))
        workflow = await system.create(steps)
        worker = await system.worker()
        done = asyncio.Event()
        starts = [ask_until(done, lambda: system.http.post(f"/workflows/{workflow}/execute")) for _ in range(10)]
        others = [ask_until(done, lambda path=path: system.http.get(path)) for path in PATHS]  # type: ignore[misc] # bound per path
        load = [asyncio.create_task(each) for each in (*starts, *others)]
        await system.holds("SELECT count(*) > 100 FROM runs")
        with frozen(postgres):
            await asyncio.sleep(FROZEN_SECONDS)  # not a wait for something: the freeze itself
        thawed = time.monotonic()
        await first_end(system, workflow)
        back_seconds = time.monotonic() - thawed
        done.set()
        answers = [one for each in await asyncio.gather(*load) for one in each]
        await system.holds("SELECT bool_and(status IN ('completed', 'failed')) FROM runs")
    rows = await system.rows("SELECT id, status, error_message FROM runs")
    accepted = {one.answer.json()["id"] for one in answers if one.answer.status_code == httpx.codes.ACCEPTED}
    refused = [one for one in answers if one.is_refused]
    assert {row.error_message for row in rows} == {None}
    assert accepted <= {row.id for row in rows if row.status == "completed"}
    assert (repeated(target), system.api.is_running, worker.is_running) == (set(), True, True)
    assert {one.answer.headers["Retry-After"] for one in refused} == {"1"}
    assert max(one.seconds for one in refused) < ANSWER_SECONDS
    assert back_seconds < BACK_SECONDS


async def test_a_freeze_longer_than_any_patience_repeats_nothing_and_the_same_worker_goes_on(
    system: System, postgres: Postgres
) -> None:
    """All that was asked of the server meanwhile has been given up, so that nothing is left that could answer late."""
    async with Target() as target:
        target.delay_seconds = 0.3
        workflow = await system.create(chain(*(call(f"n{number}", target.url()) for number in range(8))))
        worker = await system.worker()
        runs = await system.execute(workflow, 20)
        await system.holds("SELECT count(*) > 40 FROM run_logs")
        with frozen(postgres):
            await asyncio.sleep(LONG_FROZEN_SECONDS)  # as above
        thawed = time.monotonic()
        await first_end(system, await system.create(chain(text("a", "x"))))
        back_seconds = time.monotonic() - thawed
        assert await system.ended(runs) == {"completed"}
    assert (len(target.requests), repeated(target), worker.is_running) == (20 * 8, set(), True)
    assert back_seconds < BACK_SECONDS
