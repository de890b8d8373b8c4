"""Schedules that are due while no worker lives, and workers that are killed while they start them."""

import asyncio

import pytest

from tests.faults.system import System
from tests.worker.planned import ticking

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

MANY = 200
DEATHS = 6


@pytest.fixture
async def scheduled(system: System) -> System:
    """Return a system with many workflows that start each second, all of which have been due for a while."""
    gate = asyncio.Semaphore(10)

    async def create() -> None:
        async with gate:
            await system.create(ticking(), schedule_type="interval", schedule_value="1 second", is_active=False)

    await asyncio.gather(*(create() for _ in range(MANY)))
    return system


async def let_them_be_due(system: System, value: str) -> None:
    due = "date_trunc('second', now()) - interval '90 seconds'"
    await system.execute_sql(
        f"UPDATE workflows SET is_active = true, schedule_value = :value, next_run_at = {due}",  # noqa: S608 -- ours
        value=value,
    )


async def test_what_was_due_while_no_worker_lived_is_started_once_by_two_that_start_together(scheduled: System) -> None:
    await let_them_be_due(scheduled, "1 hour")
    scheduled.ledger.note("no worker for many due times", excuses=False)
    await asyncio.gather(scheduled.worker(), scheduled.worker())
    await scheduled.holds("SELECT count(*) >= :many FROM runs WHERE status = 'completed'", many=MANY)
    counts = await scheduled.rows(
        "SELECT count(*) AS runs, count(DISTINCT workflow_id) AS workflows, (SELECT count(*) FROM schedule_firings)"
        " AS firings, (SELECT count(*) FROM workflows WHERE next_run_at > now()) AS planned FROM runs"
    )
    assert tuple(counts[0]) == (MANY, MANY, MANY, MANY)
    await scheduled.verify()


async def test_workers_that_are_killed_while_they_start_schedules_lose_and_double_nothing(scheduled: System) -> None:
    """Whatever is due is started by a transaction with its mark: each mark has its run, each due time one at most."""
    await let_them_be_due(scheduled, "1 second")
    for _ in range(DEATHS):
        [before] = await scheduled.rows("SELECT count(*) AS firings FROM schedule_firings")
        worker = await scheduled.worker()
        more = "SELECT count(*) > :before FROM schedule_firings"
        await scheduled.holds(more, before=before.firings)
        worker.kill()
    await scheduled.execute_sql("UPDATE workflows SET is_active = false, next_run_at = NULL")
    await scheduled.worker()
    await scheduled.verify()
    [counted] = await scheduled.rows(
        "SELECT count(*) AS runs, count(DISTINCT (workflow_id, trigger_payload ->> 'scheduled_for')) AS due_times,"
        " count(DISTINCT workflow_id) AS workflows, bool_and(status = 'completed') AS completed FROM runs"
    )
    assert (counted.runs, counted.workflows, counted.completed) == (counted.due_times, MANY, True)
    assert counted.runs > MANY
