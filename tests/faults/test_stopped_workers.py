"""Workers that are stopped and go on: past their leases others have taken over, before that nobody has noticed."""

import asyncio
import random
from collections import Counter

import pytest

from tests.faults.calls import most_often, repeated
from tests.faults.deaths import happens
from tests.faults.graphs import links
from tests.faults.system import System
from worker.execution.lease import DEAD_AFTER_SECONDS

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

RUNS = 20
LINKS = 10
STOPS = 2
SHORT_SECONDS = DEAD_AFTER_SECONDS / 3


def begun_after(recorded: set[str]) -> set[str]:
    """Return the steps that can be in flight, of runs of which these are recorded: of each the one that comes next."""
    counts = Counter(step.partition("::")[0] for step in recorded)
    return {f"{run}::n{count - 1}" for run, count in counts.items()}  # the trigger is recorded, too


async def test_a_worker_that_was_stopped_for_twice_its_lease_repeats_only_what_was_in_flight(
    system: System, chance: random.Random
) -> None:
    """The other one takes over; the stopped one, continued, writes nothing and goes on under a new id.

    What was in flight has not always been asked yet: a worker can be stopped between making sure of its lease and
    sending, and then sends when it goes on. Only such calls may come after their step was recorded.
    """
    async with system.witness() as target:
        target.delay_seconds = 0.2
        workflow = await system.create(links(target, LINKS))
        stopped = await system.worker()
        frozen = target.at_call(chance.randint(RUNS, 3 * RUNS), stopped.freeze)
        await system.execute(workflow, RUNS)
        await happens(frozen)
        recorded_before = await system.recorded_steps()
        await system.worker()
        await asyncio.sleep(2 * DEAD_AFTER_SECONDS)  # not a wait for something: the stop itself
        stopped.thaw()
        await system.verify(late=True)
        await system.holds("SELECT count(*) = 2 FROM workers WHERE dead_at IS NULL")
        ids = await system.rows("SELECT id FROM workers WHERE pid = :pid AND dead_at IS NULL", pid=stopped.pid)
        assert len(ids) == 1
        assert (len(target.by_step), most_often(target)) == (RUNS * LINKS, 2)
    assert set() < repeated(target) <= begun_after(recorded_before)


async def test_a_worker_that_is_stopped_for_less_than_its_lease_repeats_nothing(
    system: System, chance: random.Random
) -> None:
    """Its answers wait for it, nobody takes over, and it goes on as the same worker."""
    async with system.witness() as target:
        target.delay_seconds = 0.2
        workflow = await system.create(links(target, LINKS))
        stopped, _ = await asyncio.gather(system.worker(), system.worker())
        registered = await system.rows("SELECT id FROM workers ORDER BY id")
        for _ in range(STOPS):
            frozen = target.at_call(chance.randint(1, RUNS), stopped.freeze)
            await system.execute(workflow, RUNS)
            await happens(frozen)
            await asyncio.sleep(SHORT_SECONDS)  # not a wait for something: the stop itself
            stopped.thaw()
        await system.verify()
        assert (len(target.by_step), repeated(target)) == (STOPS * RUNS * LINKS, set())
    assert await system.rows("SELECT id FROM workers WHERE dead_at IS NULL ORDER BY id") == registered
    assert [row.fence for row in await system.rows("SELECT DISTINCT fence FROM runs")] == [1]
