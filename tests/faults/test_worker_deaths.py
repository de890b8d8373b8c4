"""Workers that are killed, and given the same work: what is recorded is not done again, and others soon take over."""

import asyncio
import random

import pytest

from tests.faults.calls import repeated
from tests.faults.deaths import Leases, killed_at_call
from tests.faults.graphs import links
from tests.faults.ledger import Recovery
from tests.faults.system import System
from tests.fixtures.target import SILENCE, Target
from tests.worker.world import call, chain

RUNS = 50
LINKS = 20
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
        await system.execute(workflow, RUNS)
        for _ in range(LOCAL_DEATHS):
            dying = workers.pop(chance.randrange(2))
            await killed_at_call(dying, target, chance.randint(RUNS, 2 * RUNS))
            leases = await Leases.of(system, dying)
            await system.ledger.recovers(Recovery.LOCAL_DEATH, lambda leases=leases: leases.are_others(system))  # type: ignore[misc] # bound per turn
            workers.append(await system.worker())
        await system.verify()
        assert len(target.by_step) == RUNS * LINKS
    assert await taken_over(system) > 0


@pytest.mark.faults
async def test_runs_of_a_worker_that_is_killed_on_another_machine_are_claimed_within_15_s(
    system: System, chance: random.Random
) -> None:
    """Each of them is on a machine of its own, as far as it knows; they die one soon after the other."""
    async with system.witness() as target:
        target.delay_seconds = 0.2
        workflow = await system.create(links(target, LINKS * 3))
        far = await asyncio.gather(*(system.worker(elsewhere=f"machine {number}") for number in range(REMOTE_DEATHS)))
        await system.execute(workflow, RUNS)
        await system.holds(
            "SELECT count(DISTINCT lease_owner) = :many FROM runs WHERE lease_owner IS NOT NULL", many=REMOTE_DEATHS
        )
        await system.worker()
        async with asyncio.TaskGroup() as recoveries:
            for dying in far:
                await killed_at_call(dying, target, chance.randint(1, 2 * RUNS))
                leases = await Leases.of(system, dying)
                wait = system.ledger.recovers(Recovery.REMOTE_DEATH, lambda leases=leases: leases.are_others(system))  # type: ignore[misc] # bound per turn
                recoveries.create_task(wait)
        await system.verify()
        assert len(target.by_step) == RUNS * LINKS * 3
    assert await taken_over(system) > 0


async def taken_over(system: System) -> int:
    """Return how many runs were claimed again."""
    [row] = await system.rows("SELECT count(*) FROM runs WHERE fence > 1")
    return int(row[0])


@pytest.mark.faults
async def test_a_run_that_kills_its_workers_is_given_up_and_the_others_complete(system: System) -> None:
    """Whoever takes the poison dies; whoever supervises starts the next. A hundred healthy runs stand beside it."""
    async with Target() as target, Target(SILENCE) as deadly:
        healthy = await system.create(links(target, 3))
        poison = await system.create(chain(call("poison", deadly.url())))
        target.delay_seconds = 0.02
        worker = await system.worker()
        [culprit] = await system.execute(poison)
        runs = await system.execute(healthy, 100)
        deaths = 0
        while not await system.is_over(culprit):
            if len(deadly.requests) > deaths:
                worker.kill()
                deaths = len(deadly.requests)
                worker = await system.worker()
            await asyncio.sleep(0.02)
        assert await system.ended(runs) == {"completed"}
    [row] = await system.rows("SELECT status, error_message FROM runs WHERE id = :id", id=culprit.id)
    assert (row.status, row.error_message) == ("failed", "abandoned after 5 attempts at node poison")
    assert deaths == 5
