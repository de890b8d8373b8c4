"""Valkey forgets, dies and hangs: starts are answered in time all the same, and every run ends."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from app.embedded.valkey import Valkey
from tests.faults.calls import repeated
from tests.faults.ledger import Ledger
from tests.faults.system import Accepted, System
from tests.fixtures.target import Target
from tests.worker.world import call, chain

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

ANSWER_SECONDS = 0.5
HANGING_SECONDS = 30.0


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    async with Target() as target:
        target.delay_seconds = 0.02
        yield target


@pytest.fixture
async def system(
    make_database: Callable[[], str], valkey: Valkey, tmp_path: Path, ledger: Ledger
) -> AsyncIterator[System]:
    """Return a system whose worker has so few slots that runs queue up."""
    async with System(make_database(), valkey.url, tmp_path, ledger, {"VIRGA_WORKER__SLOTS": "20"}) as system:
        await system.worker()
        yield system


async def accept(system: System, target: Target) -> tuple[str, list[Accepted]]:
    workflow = await system.create(chain(*(call(f"n{number}", target.url()) for number in range(3))))
    await system.ended(await system.execute(workflow, 10))  # opens connections and fills caches
    target.requests.clear()
    return workflow, await system.execute(workflow, 200, at_once=5)


def slowest(runs: Sequence[Accepted]) -> float:
    return max(run.seconds for run in runs)


def process_of(valkey: Valkey) -> Callable[[signal.Signals], None]:
    assert valkey._process is not None
    return valkey._process.send


async def test_a_flush_loses_no_run(system: System, target: Target) -> None:
    """200 runs were accepted before, 50 more come while it is flushed again and again."""
    workflow, before = await accept(system, target)
    during = []
    for _ in range(10):
        await system.flush_redis()
        during += await system.execute(workflow, 5, at_once=5)
    assert await system.ended([*before, *during]) == {"completed"}
    assert slowest([*before, *during]) <= ANSWER_SECONDS
    assert (len(target.requests), repeated(target)) == (250 * 3, set())


async def test_a_death_loses_no_run(system: System, valkey: Valkey, target: Target) -> None:
    """50 runs are accepted while there is none; they end before it is back, and so do later ones."""
    workflow, before = await accept(system, target)
    assert valkey._process is not None
    await asyncio.to_thread(valkey._process.stop, signal.SIGKILL, 10)
    during = await system.execute(workflow, 50, at_once=5)
    assert await system.ended([*before, *during]) == {"completed"}
    await asyncio.to_thread(valkey.start)
    after = await system.execute(workflow, 5)
    assert await system.ended(after) == {"completed"}
    assert slowest([*before, *during]) <= ANSWER_SECONDS
    assert repeated(target) == set()


async def test_hanging_loses_no_run(system: System, valkey: Valkey, target: Target) -> None:
    """It answers nothing for 30 s, in which 50 runs are accepted; all of them end meanwhile."""
    workflow, before = await accept(system, target)
    send, began = process_of(valkey), time.monotonic()
    send(signal.SIGSTOP)
    try:
        during = []
        for _ in range(10):
            during += await system.execute(workflow, 5, at_once=5)
            await asyncio.sleep(HANGING_SECONDS / 20)  # spread over the time, with the breaker open and closed
        assert await system.ended([*before, *during], HANGING_SECONDS) == {"completed"}
        await asyncio.sleep(max(0.0, began + HANGING_SECONDS - time.monotonic()))
    finally:
        send(signal.SIGCONT)
    after = await system.execute(workflow, 5)
    assert await system.ended(after) == {"completed"}
    assert slowest([*before, *during, *after]) <= ANSWER_SECONDS
    assert repeated(target) == set()
