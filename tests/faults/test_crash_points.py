"""Workers that are killed at named points of their work: whatever they were about to do, the next one does."""

import random
from collections.abc import Awaitable, Callable

import pytest

from tests.faults.deaths import die_in_turn, dies_at, killed_at_call
from tests.faults.graphs import errand, everything
from tests.faults.points import FIRING, LEAVING, TAKING_OVER, WALKING
from tests.faults.system import System
from tests.faults.witness import Witness
from tests.worker.planned import ticking

pytestmark = pytest.mark.timeout(300)

RUNS = 3
CALLS = 7  # of a run of everything, its child's among them
DEATHS = 4  # in the middle of calls: a fifth would be the last one that a run survives
GROUPS = [
    pytest.param(group, marks=[] if group == "flushes" else [pytest.mark.faults]) for group in WALKING
]  # that one stands for all of them in `make test`


async def running(system: System, target: Witness) -> Callable[[], Awaitable[object]]:
    """Return what starts a few runs of every kind of step."""
    child = await system.create(errand(target))
    workflow = await system.create(everything(target, child))
    return lambda: system.execute(workflow, RUNS)


@pytest.mark.parametrize("group", GROUPS)
async def test_deaths_at_crash_points_lose_and_double_nothing(
    system: System, chance: random.Random, group: str
) -> None:
    """One worker after the other takes over what the one before has left, and dies at another point."""
    points = chance.sample(list(WALKING[group]), len(WALKING[group]))
    async with system.witness() as target:
        await die_in_turn(system, chance, points, RUNS, await running(system, target))
        await system.worker()
        await system.verify()
        await all_completed(system)


@pytest.mark.faults
async def test_deaths_in_the_middle_of_calls_repeat_these_alone(system: System, chance: random.Random) -> None:
    """The request has arrived, the answer has not been given: each time at another call."""
    async with system.witness() as target:
        start = await running(system, target)
        for _ in range(DEATHS):
            worker = await system.worker()
            await killed_at_call(worker, target, chance.randint(1, RUNS * CALLS // 2), start)
        await system.worker()
        await system.verify()
        await all_completed(system)


@pytest.mark.faults
async def test_deaths_while_leaving_lose_and_double_nothing(system: System, chance: random.Random) -> None:
    """Each is asked to end while it holds runs, and is killed while it gives them up."""
    async with system.witness() as target:
        target.delay_seconds = 0.05
        start = await running(system, target)
        for point in chance.sample(list(LEAVING), len(LEAVING)):
            worker = await system.worker(crash=f"{point}:1")
            target.at_call(chance.randint(1, RUNS * 2), worker.terminate)
            await dies_at(worker, point, start)
        await system.worker()
        await system.verify()
        await all_completed(system)


@pytest.mark.faults
async def test_deaths_while_taking_over_from_the_dead_lose_and_double_nothing(
    system: System, chance: random.Random
) -> None:
    """A worker is killed, the next one in the midst of taking its runs over, and so on."""
    async with system.witness() as target:
        start = await running(system, target)
        first = await system.worker()
        await killed_at_call(first, target, chance.randint(1, RUNS * 2), start)
        *before, last = TAKING_OVER  # who dies at the last one has taken the runs, and may leave none to be taken
        await die_in_turn(system, chance, [*chance.sample(before, len(before)), last], 1, start)
        await system.worker()
        await system.verify()
        await all_completed(system)


@pytest.mark.faults
async def test_deaths_while_firing_schedules_start_each_due_time_once(system: System, chance: random.Random) -> None:
    for _ in range(RUNS):
        await system.create(ticking(), schedule_type="interval", schedule_value="1 second")
    await die_in_turn(system, chance, chance.sample(list(FIRING), len(FIRING)), 2, nothing_more)
    await system.execute_sql("UPDATE workflows SET is_active = false, next_run_at = NULL")
    await system.worker()
    await system.verify()
    await all_completed(system)


async def nothing_more() -> None:
    """Time brings the work."""


async def all_completed(system: System) -> None:
    rows = await system.rows("SELECT DISTINCT status, error_message FROM runs")
    assert [tuple(row) for row in rows] == [("completed", None)]
