"""Workers that are asked to end: what they hold goes to others at once, nothing is repeated or counts as a death."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from tests.faults.calls import repeated
from tests.faults.deaths import Leases, happens
from tests.faults.graphs import links
from tests.faults.ledger import Recovery
from tests.faults.programs import Program
from tests.faults.system import Accepted, System

pytestmark = pytest.mark.timeout(300)

RUNS = 20
LINKS = 8
LONG = 40
ROUNDS = 3
RESTARTED = 3
DEPARTURES = 4
CLIENTS = 4


async def left(worker: Program) -> None:
    """Wait until a worker has ended in good order."""
    assert await asyncio.to_thread(worker.exit_status) == 0, worker.said()


async def takeovers(system: System) -> set[int]:
    return {row.takeovers for row in await system.rows("SELECT DISTINCT takeovers FROM runs")}


async def test_a_worker_that_is_asked_to_leave_hands_its_runs_over(system: System, chance: random.Random) -> None:
    """The next worker goes on; nothing is repeated, nothing counted as a death, and the first one exits with 0."""
    async with system.witness() as target:
        target.delay_seconds = 0.05
        workflow = await system.create(links(target, LINKS))
        leaving = await system.worker()
        asked = target.at_call(chance.randint(1, 2 * RUNS), leaving.terminate)
        await system.execute(workflow, RUNS)
        await happens(asked)
        await left(leaving)
        await system.worker()
        await system.verify()
        assert (len(target.by_step), repeated(target)) == (RUNS * LINKS, set())
    assert await takeovers(system) == {0}


@pytest.mark.faults
async def test_runs_of_a_leaving_worker_are_claimed_by_another_one_within_1_s(
    system: System, chance: random.Random
) -> None:
    """Their calls take a twentieth of a second each; again and again one of two workers leaves."""
    async with system.witness() as target:
        target.delay_seconds = 0.05
        workflow = await system.create(links(target, LONG))
        workers = list(await asyncio.gather(system.worker(), system.worker()))
        for _ in range(DEPARTURES):
            await system.execute(workflow, RUNS)
            leaving = workers.pop(chance.randrange(2))
            await happens(target.at_call(chance.randint(1, RUNS), leaving.terminate))
            await system.ledger.recovers(Recovery.RELEASE, lambda leaving=leaving: are_others(system, leaving))  # type: ignore[misc] # bound per turn
            await left(leaving)
            workers.append(await system.worker())
        await system.verify()
        assert (len(target.by_step), repeated(target)) == (DEPARTURES * RUNS * LONG, set())
    assert await takeovers(system) == {0}


async def are_others(system: System, leaving: Program) -> None:
    """Wait until a worker holds nothing any more, and others all that is due."""
    mine = "SELECT id FROM workers WHERE pid = :pid"
    await system.holds(
        f"SELECT NOT EXISTS (SELECT FROM runs WHERE ready OR lease_owner IN ({mine}))",  # noqa: S608 -- ours
        pid=leaving.pid,
    )


@pytest.mark.faults
async def test_restarting_all_workers_one_by_one_under_load_repeats_nothing(
    system: System, chance: random.Random
) -> None:
    """Three workers, each restarted three times, while runs are accepted all the time."""
    accepted: list[Accepted] = []
    done = asyncio.Event()
    async with system.witness() as target:
        target.delay_seconds = 0.05
        workflow = await system.create(links(target, LINKS))
        workers = list(await asyncio.gather(*(system.worker() for _ in range(RESTARTED))))

        async def load() -> None:
            while not done.is_set():
                runs = await system.execute(workflow, 3)
                accepted.extend(runs)
                await system.ended(runs)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(CLIENTS):
                tasks.create_task(load())
            for _ in range(ROUNDS):
                workers = await restarted(system, workers, chance)
            done.set()
        await system.verify()
        assert (len(target.by_step), repeated(target)) == (len(accepted) * LINKS, set())
    assert await takeovers(system) == {0}


async def restarted(system: System, workers: Sequence[Program], chance: random.Random) -> list[Program]:
    """Restart workers one after the other, in any order."""
    fresh = []
    for leaving in chance.sample(workers, len(workers)):
        leaving.terminate()
        await left(leaving)
        fresh.append(await system.worker())
    return fresh


@pytest.mark.faults
async def test_asking_a_leaving_worker_again_cuts_nothing_short(system: System) -> None:
    """It is asked twice while calls are under way; they are answered, recorded, and not made again."""
    async with system.witness() as target:
        target.gate.clear()
        workflow = await system.create(links(target, 3))
        leaving = await system.worker()
        await asyncio.gather(happens(target.at_call(RUNS, leaving.terminate)), system.execute(workflow, RUNS))
        leaving.terminate()
        assert leaving.is_running
        target.gate.set()
        await left(leaving)
        await system.worker()
        await system.verify()
        assert (len(target.by_step), repeated(target)) == (RUNS * 3, set())
    assert await takeovers(system) == {0}


@pytest.mark.faults
async def test_a_worker_that_is_killed_while_it_leaves_is_a_dead_one_like_any_other(system: System) -> None:
    """It waits for calls that are under way: others take over what it still held, and repeat these calls alone."""
    async with system.witness() as target:
        target.gate.clear()
        workflow = await system.create(links(target, 3))
        leaving = await system.worker()
        in_flight = target.at_call(RUNS, lambda: None)
        await system.execute(workflow, RUNS)
        await happens(in_flight)
        await system.worker()
        leaving.terminate()
        leases = await Leases.of(system, leaving)
        leaving.kill()
        target.gate.set()
        await system.ledger.recovers(Recovery.LOCAL_DEATH, lambda: leases.are_others(system))
        await system.verify()
        assert len(target.by_step) == RUNS * 3
    assert len(leases.runs) == RUNS
    assert repeated(target) == {f"{run_id}::n0" for run_id in leases.runs}
