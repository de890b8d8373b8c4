"""Workers that are killed, and given the same work: what is recorded is not done again, and others soon take over."""

import asyncio
import random

import pytest

from tests.faults.calls import repeated
from tests.faults.deaths import Leases, killed_at_call
from tests.faults.graphs import links
from tests.faults.ledger import Recovery
from tests.faults.system import System

RUNS = 30
LINKS = 5
LOCAL_DEATHS = 4
REMOTE_DEATHS = 3


async def test_two_workers_that_get_the_same_jobs_call_once_a_step(system: System) -> None:
    """Each job is rung again and again for both of them, while it is due and after."""
    async with system.witness() as target:
        target.delay_seconds = 0.02
        workflow = await system.create(links(target, 3))
        await asyncio.gather(system.worker(), system.worker())
        runs = await system.execute(workflow, 60, at_once=20)
        for _ in range(5):
            await system.ring_again(runs)
        await system.verify()
    assert (len(target.requests), repeated(target)) == (60 * 3, set())


@pytest.mark.faults
async def test_runs_of_a_killed_worker_are_claimed_by_another_one_on_its_machine_within_4_s(
    system: System, chance: random.Random
) -> None:
    """Two work; again and again one of them is killed in the middle of its calls, and another one starts."""
    async with system.witness() as target:
        target.delay_seconds = 0.2
        workflow = await system.create(links(target, LINKS))
        workers = list(await asyncio.gather(system.worker(), system.worker()))
        for _ in range(LOCAL_DEATHS):
            dying = workers.pop(chance.randrange(2))
            await killed_at_call(dying, target, chance.randint(1, RUNS), lambda: system.execute(workflow, RUNS))
            await recovered(system, Recovery.LOCAL_DEATH, await Leases.of(system, dying))
            workers.append(await system.worker())
        await system.verify()
        assert len(target.by_step) == LOCAL_DEATHS * RUNS * LINKS
    assert await taken_over(system) > 0


@pytest.mark.faults
async def test_runs_of_workers_that_are_killed_on_other_machines_are_claimed_within_15_s(
    system: System, chance: random.Random
) -> None:
    """Each is on a machine of its own, as far as it knows; all die in the middle of calls, one after the other."""
    async with system.witness() as target:
        target.gate.clear()
        workflow = await system.create(links(target, LINKS))
        far = await asyncio.gather(*(system.worker(elsewhere=f"machine {number}") for number in range(REMOTE_DEATHS)))
        held = [await Leases.of(system, worker) for worker in far]
        while not all(leases.runs for leases in held):
            await system.execute(workflow, RUNS)
            held = [await Leases.of(system, worker) for worker in far]
        await system.worker()
        async with asyncio.TaskGroup() as recoveries:
            for number in chance.sample(range(REMOTE_DEATHS), REMOTE_DEATHS):
                far[number].kill()
                recoveries.create_task(recovered(system, Recovery.REMOTE_DEATH, held[number]))
            target.gate.set()
        await system.verify()
    assert await taken_over(system) > 0


async def recovered(system: System, kind: Recovery, leases: Leases) -> None:
    """Hold the taking over of what a dead worker held to its bound; nothing was to be done where it held nothing."""
    if leases.runs:
        await system.ledger.recovers(kind, lambda: leases.are_others(system))


async def taken_over(system: System) -> int:
    """Return how many runs were claimed again."""
    [row] = await system.rows("SELECT count(*) FROM runs WHERE fence > 1")
    return int(row[0])
