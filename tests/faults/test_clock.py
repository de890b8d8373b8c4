"""The clock of every process jumps by an hour: no worker dies of it, no run is lost by it, nothing is done twice."""

import asyncio
import random
from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import Row

from tests.faults.calls import repeated
from tests.faults.clocks import HOUR_SECONDS, Offset, stop_schedules
from tests.faults.graphs import hook, links
from tests.faults.system import System
from tests.fixtures.target import answer
from tests.worker.world import chain, node, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

JUMPS = 12
RUNS = 40
BUSY = answer(status="503 Service Unavailable")
LIVING = "SELECT id FROM workers WHERE dead_at IS NULL ORDER BY id"


@pytest.fixture
def settings(offset: Offset) -> Mapping[str, str]:
    return offset.settings


@pytest.mark.parametrize("jump", [HOUR_SECONDS, -HOUR_SECONDS])
async def test_a_jump_neither_kills_nor_strands(system: System, offset: Offset, jump: int) -> None:
    """Runs in the middle of calls complete, new ones too; what sleeps till a moment wakes up when that has come."""
    async with system.witness() as target:
        target.delay_seconds = 0.2
        working = await system.create(links(target, 15))
        sleeping = await system.create(chain(node("d", "delay", duration=4, unit="seconds")))
        for _ in range(2):
            await system.worker()
        runs = await system.execute(working, 20)
        sleepers = await system.execute(sleeping, 5)
        await system.holds("SELECT count(*) = 5 FROM runs WHERE due_at IS NOT NULL AND NOT ready")
        workers = await system.rows(LIVING)
        offset.set(jump)
        assert await system.ended(runs) == {"completed"}
        assert await system.ended(await system.execute(working, 5)) == {"completed"}
        offset.set(0)
        assert await system.ended(sleepers) == {"completed"}
        await system.verify()
    assert await system.rows(LIVING) == workers
    assert repeated(target) == set()


async def test_a_jump_while_a_worker_is_dead_uses_no_run_up(system: System, offset: Offset) -> None:
    """Whoever takes the runs over does not count the hour as time in which they were active."""
    async with system.witness() as target:
        target.delay_seconds = 0.2
        workflow = await system.create(links(target, 10))
        worker = await system.worker()
        runs = await system.execute(workflow, 10)
        await system.holds("SELECT count(*) > 30 FROM run_logs")
        worker.kill()
        await until(lambda: target.closed_connections == target.connections)
        system.ledger.prolong()
        offset.set(HOUR_SECONDS + 60)
        await system.worker()
        assert await system.ended(runs) == {"completed"}
        await system.verify()


async def test_jumps_there_and_back_under_load_lose_and_double_nothing(
    system: System, offset: Offset, chance: random.Random
) -> None:
    """Runs call, wait in place, sleep, and try again, beside a schedule of every second.

    In the end the clock is where it was furthest ahead, so that whatever sleeps wakes up.
    """
    answers = [chance.choice((BUSY, answer(), answer(), answer())) for _ in range(RUNS * 3)]
    async with system.witness(*answers, answer()) as target:
        target.delay_seconds = 0.05
        retry = {"max_attempts": 10, "delay_seconds": 1}
        naps = [node("nap", "delay", duration=1, unit="seconds"), node("sleep", "delay", duration=7, unit="seconds")]
        calls = [hook(f"n{number}", target, retry=retry) for number in range(4)]
        workflow = await system.create(chain(calls[0], naps[0], calls[1], naps[1], *calls[2:]))
        schedule = await ticking(system)
        for _ in range(2):
            await system.worker()
        workers = await system.rows(LIVING)
        runs = await system.execute(workflow, RUNS)
        for _ in range(JUMPS):
            await asyncio.sleep(chance.uniform(0.05, 0.8))
            offset.set(chance.choice(sorted({-HOUR_SECONDS, 0, HOUR_SECONDS} - {offset.seconds})))
        offset.set(HOUR_SECONDS)
        assert await system.ended(runs) == {"completed"}
        await fires(system, schedule, 1)
        await stop_schedules(system)
        await system.verify()
    assert await system.rows(LIVING) == workers


async def test_schedules_that_a_jump_makes_late_start_once(system: System, offset: Offset) -> None:
    workflow = await ticking(system)
    for _ in range(2):
        await system.worker()
    await fires(system, workflow, 2)
    offset.set(HOUR_SECONDS)
    await fires(system, workflow, 3)
    await stop_schedules(system)
    runs = await runs_of(system, workflow)
    assert len([run for run in runs if run.trigger_payload["missed"] > HOUR_SECONDS / 2]) == 1
    await system.verify()


async def test_schedules_that_a_jump_makes_early_start_nothing_twice(system: System, offset: Offset) -> None:
    """What was due already is not due again; what is saved meanwhile shows that the clock does run."""
    workflow = await ticking(system)
    for _ in range(2):
        await system.worker()
    await fires(system, workflow, 2)
    offset.set(-HOUR_SECONDS)
    other = await ticking(system)
    await fires(system, other, 1)
    before = len(await runs_of(system, workflow))
    await fires(system, other, 2)
    assert len(await runs_of(system, workflow)) == before
    offset.set(0)
    await fires(system, workflow, 2)
    await stop_schedules(system)
    await system.verify()


async def ticking(system: System) -> str:
    """Return a workflow that starts each second."""
    return await system.create(chain(), schedule_type="interval", schedule_value="1 second")


async def runs_of(system: System, workflow: str) -> Sequence[Row[tuple[object, ...]]]:
    return await system.rows("SELECT trigger_payload FROM runs WHERE workflow_id = :id", id=workflow)


async def fires(system: System, workflow: str, times: int) -> None:
    """Wait until the workflow has started so many times more."""
    wanted = len(await runs_of(system, workflow)) + times
    await system.holds("SELECT count(*) >= :count FROM runs WHERE workflow_id = :id", id=workflow, count=wanted)
