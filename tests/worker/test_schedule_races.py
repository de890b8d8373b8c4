"""What comes of schedules that fire at once, break off, or whose workflows are changed meanwhile."""

import asyncio

import pytest
from sqlalchemy.exc import DBAPIError

from tests.fixtures.clock import NOON, ManualClock
from tests.worker.planned import HOUR, add_scheduled, firings, next_run_at, runs_of, schedules_of, worker_database
from tests.worker.world import World, until_true
from worker.execution import schedules
from worker.execution.schedules import Schedules

WAITING = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def test_two_that_fire_at_once_start_each_workflow_once(
    world: World, firing: Schedules, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "BATCH", 7)
    database = worker_database(world)
    other = schedules_of(world, clock, database)
    workflows = [await add_scheduled(world, NOON) for _ in range(60)]
    fired = await asyncio.gather(firing.fire_due(), other.fire_due(), firing.fire_due(), other.fire_due())
    await database.dispose()
    assert sum(fired) == 60
    assert [len(await runs_of(world, workflow)) for workflow in workflows] == [1] * 60
    assert {await next_run_at(world, workflow) for workflow in workflows} == {NOON + HOUR}


@pytest.mark.parametrize("how", ["killed", "cancelled"])
async def test_a_firing_that_breaks_off_leaves_nothing_half_done(world: World, firing: Schedules, how: str) -> None:
    """It is stopped between the mark and the run: somebody else holds the counters."""
    workflow = await add_scheduled(world, NOON)
    async with world.database.begin() as rival:
        await rival.execute(*world.statement("LOCK TABLE workflow_counts IN EXCLUSIVE MODE"))
        task = asyncio.create_task(firing.fire_due())
        await world.holds(f"SELECT count(*) = 1 {WAITING}")
        if how == "killed":
            await world.execute(f"SELECT pg_terminate_backend(pid) {WAITING}")
        else:
            task.cancel()
        [error] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(error, DBAPIError if how == "killed" else asyncio.CancelledError)
    assert (await runs_of(world, workflow), await firings(world, workflow)) == ([], [])
    assert await next_run_at(world, workflow) == NOON
    await until_true(firing.fire_due)  # the server finds out that nobody waits for the first one any more
    assert len(await runs_of(world, workflow)) == 1


async def test_what_the_database_refuses_at_the_end_was_never_begun(world: World, firing: Schedules) -> None:
    workflow = await add_scheduled(world, NOON)
    await world.execute(f"ALTER TABLE workflows ADD CONSTRAINT no_plans CHECK (next_run_at <= '{NOON.isoformat()}')")
    with pytest.raises(DBAPIError, match="no_plans"):
        await firing.fire_due()
    assert (await runs_of(world, workflow), await firings(world, workflow)) == ([], [])


async def test_whoever_changes_a_workflow_decides_whether_it_fires(world: World, firing: Schedules) -> None:
    workflow = await add_scheduled(world, NOON)
    async with world.database.begin() as editor:
        await editor.execute(*world.statement("SELECT FROM workflows WHERE id = :id FOR NO KEY UPDATE", id=workflow))
        assert await firing.fire_due() == 0
        later = NOON + HOUR
        await editor.execute(
            *world.statement("UPDATE workflows SET next_run_at = :at WHERE id = :id", id=workflow, at=later)
        )
    assert await firing.fire_due() == 0
    assert await runs_of(world, workflow) == []


async def test_whoever_changes_a_workflow_that_fires_waits_for_it(world: World, firing: Schedules) -> None:
    workflow = await add_scheduled(world, NOON)
    async with world.database.begin() as rival:
        await rival.execute(*world.statement("LOCK TABLE workflow_counts IN EXCLUSIVE MODE"))
        task = asyncio.create_task(firing.fire_due())
        await world.holds(f"SELECT count(*) = 1 {WAITING}")
        change = "UPDATE workflows SET next_run_at = NULL, is_active = false WHERE id = :id AND next_run_at = :due"
        edit = asyncio.create_task(world.execute(change, id=workflow, due=NOON))
        await world.holds(f"SELECT count(*) = 2 {WAITING}")
    await asyncio.gather(task, edit)
    assert len(await runs_of(world, workflow)) == 1
    assert await next_run_at(world, workflow) == NOON + HOUR
