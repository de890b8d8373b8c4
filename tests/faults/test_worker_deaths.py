"""Workers that are killed, asked to leave, and given the same work: what is recorded is not done again."""

import asyncio
from collections import Counter

import pytest

from tests.faults.calls import changed, most_often, repeated, steps_of
from tests.faults.system import System
from tests.fixtures.target import Target
from tests.worker.world import call, chain, until

LINKS = 20
BACK_SECONDS = 20.0


def links(target: Target, count: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    return chain(*(call(f"n{number}", target.url(), body='{"run": "{{ t.run_id }}"}') for number in range(count)))


def begun_after(recorded: set[str]) -> set[str]:
    """Return the steps that can be in flight, of runs of which these are recorded: of each the one that comes next."""
    counts = Counter(step.partition("::")[0] for step in recorded)
    return {f"{run}::n{count - 1}" for run, count in counts.items()}  # the trigger is recorded, too


@pytest.mark.faults
async def test_a_killed_workers_fifty_runs_are_finished_by_the_next_one(system: System) -> None:
    """Each is in the middle of 20 calls; what was recorded by then is not called again, the rest at most twice."""
    async with Target() as target:
        target.delay_seconds = 0.1
        workflow = await system.create(links(target, LINKS))
        worker = await system.worker()
        runs = await system.execute(workflow, 50)
        await system.holds(
            "SELECT count(*) = 50 AND min(steps) > 2 AND max(steps) < 21"
            " FROM (SELECT count(*) AS steps FROM run_logs GROUP BY run_id) AS progress"
        )
        worker.kill()
        await until(lambda: target.closed_connections == target.connections)  # all that was sent has arrived
        asked_before, recorded_before = len(target.requests), await system.recorded_steps()
        await system.worker()
        assert await system.ended(runs, BACK_SECONDS) == {"completed"}
    before, after = steps_of(target.requests[:asked_before]), steps_of(target.requests[asked_before:])
    assert recorded_before.isdisjoint(after)
    assert repeated(target) <= set(before) - recorded_before
    assert (most_often(target) <= 2, changed(target)) == (True, set())
    assert len(set(before + after)) == 50 * LINKS


async def test_a_worker_that_is_asked_to_leave_hands_its_runs_over(system: System) -> None:
    """The second worker goes on; nothing is repeated, nothing counted as a death, and the first one exits with 0."""
    async with Target() as target:
        target.delay_seconds = 0.05
        workflow = await system.create(links(target, 8))
        leaving = await system.worker()
        runs = await system.execute(workflow, 40)
        await system.holds("SELECT count(*) > 100 FROM run_logs")
        await system.worker()
        leaving.terminate()
        status = await asyncio.to_thread(leaving.exit_status)
        assert await system.ended(runs) == {"completed"}
    assert (status, repeated(target)) == (0, set())
    taken_over = await system.rows("SELECT DISTINCT takeovers FROM runs")
    assert [row.takeovers for row in taken_over] == [0]


async def test_two_workers_that_get_the_same_jobs_call_once_a_step(system: System) -> None:
    """Each job is rung again and again for both of them, while it is due and after."""
    async with Target() as target:
        target.delay_seconds = 0.02
        workflow = await system.create(links(target, 3))
        await system.worker()
        await system.worker()
        runs = await system.execute(workflow, 60, at_once=20)
        for _ in range(5):
            await system.ring_again(runs)
        assert await system.ended(runs) == {"completed"}
    assert (len(target.requests), repeated(target)) == (60 * 3, set())


@pytest.mark.faults
async def test_a_worker_that_was_stopped_past_its_lease_repeats_only_what_was_in_flight(system: System) -> None:
    """The other one takes over; the stopped one, continued, writes nothing and goes on under a new id.

    What was in flight has not always been asked yet: a worker can be stopped in the very turn of its event loop in
    which it has made sure of its lease, and then sends when it goes on.
    """
    async with Target() as target:
        target.delay_seconds = 0.2
        workflow = await system.create(links(target, 10))
        stopped = await system.worker()
        runs = await system.execute(workflow, 20)
        await system.holds("SELECT count(*) > 60 FROM run_logs")
        stopped.freeze()
        await system.worker()
        recorded_before = await system.recorded_steps()
        try:
            await system.holds("SELECT bool_or(dead_at IS NOT NULL) OR count(*) = 1 FROM workers")
            await system.holds("SELECT count(*) > 0 FROM run_logs WHERE fence > 1")
        finally:
            stopped.thaw()
        assert await system.ended(runs) == {"completed"}
        await system.holds("SELECT count(*) = 2 FROM workers WHERE dead_at IS NULL")
        ids = await system.rows("SELECT id FROM workers WHERE pid = :pid AND dead_at IS NULL", pid=stopped.pid)
    assert len(ids) == 1
    assert repeated(target) <= begun_after(recorded_before)
    assert (most_often(target) <= 2, changed(target)) == (True, set())
