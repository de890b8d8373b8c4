"""Ends of runs that wait for each other, by many at once: none of them waits for ever, and each wait is resolved."""

import asyncio
import random

import pytest

from app.core.statements import transaction
from app.runs.repository.cancels import cancel_run
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import RunEnd, end_runs
from app.runs.repository.locks import lock_with_family
from app.runs.states import RunStatus
from tests.worker.leased import ME, journal_of, leased_runs
from tests.worker.world import World
from worker.execution.entries import Entry
from worker.execution.journal import Journal

_CHILD_WAIT = """
    INSERT INTO run_waits (run_id, path, node_id, attempt, org_id, component_id, kind, child_run_id)
    VALUES (:run, '', :child, 1, 'org-a', 'trigger_workflow', 'child', :child)
"""


async def family(world: World, dice: random.Random, size: int) -> list[str]:
    """Return leased runs, most of which another one waits for, whichever is older; some are parked."""
    runs = await leased_runs(world, size)
    shuffled = dice.sample(runs, size)
    for place, child in enumerate(shuffled[1:], 1):
        if dice.random() < 0.8:
            await world.execute(_CHILD_WAIT, run=dice.choice(shuffled[:place]), child=child)
    parked = [run for run in runs if dice.random() < 0.4]
    await world.execute("UPDATE runs SET lease_owner = NULL WHERE id = ANY(:ids)", ids=parked)
    return runs


async def end(world: World, journal: Journal, run: str, dice: random.Random) -> None:
    """End a run as its owner, or cancel it as the API does."""
    if dice.random() < 0.5:
        status = dice.choice([RunStatus.COMPLETED, RunStatus.FAILED])
        await journal.submit(Entry(run, 1, transition=RunEnd(run, status)))
        return
    async with transaction(world.database) as driver:
        await cancel_run(driver, run, Scribe(world.clock.now(), world.ids, 0))


@pytest.mark.parametrize("seed", range(4))
async def test_ends_of_relatives_at_the_same_time_neither_block_nor_contradict_each_other(
    world: World, seed: int
) -> None:
    dice = random.Random(seed)
    journals = [journal_of(world) for _ in range(3)]
    runs = await family(world, dice, 24)
    order = dice.sample(runs, len(runs))
    async with asyncio.timeout(60):
        await asyncio.gather(*(end(world, dice.choice(journals), run, dice) for run in order))
    for journal in journals:
        await journal.close()
    [stuck] = await world.rows(_BROKEN, me=ME)
    assert tuple(stuck) == (0, 0, 0)
    [deadlocks] = await world.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    assert deadlocks[0] == 0


async def test_a_parent_and_its_child_that_end_together_end_once_each(world: World) -> None:
    parent, child = await leased_runs(world, 2)
    await world.execute(_CHILD_WAIT, run=parent, child=child)
    await world.execute("UPDATE runs SET lease_owner = NULL")
    async with transaction(world.database) as driver:
        locked = await lock_with_family(driver, [parent, child])
        ends = [RunEnd(parent, RunStatus.FAILED, "first"), RunEnd(child, RunStatus.FAILED, "second")]
        await end_runs(driver, ends, locked, Scribe(world.clock.now(), world.ids, 0))
    assert [(await world.run(run)).error_message for run in (parent, child)] == ["first", "second"]
    [counted] = await world.rows("SELECT sum(count)::int FROM workflow_counts WHERE status = 'failed'")
    assert counted[0] == 2


# What the invariant forbids: a live run that nobody holds, that is not due, and that waits for nothing; an open wait
# for a child that is over; and an end that is not counted.
_BROKEN = """
    SELECT (SELECT count(*) FROM runs WHERE status NOT IN ('completed', 'failed') AND lease_owner IS NULL AND NOT ready
              AND NOT EXISTS (SELECT FROM run_waits WHERE run_id = runs.id AND resolved_at IS NULL)
              AND EXISTS (SELECT FROM run_waits WHERE run_id = runs.id)),
           (SELECT count(*) FROM run_waits JOIN runs ON runs.id = child_run_id
            WHERE resolved_at IS NULL AND status IN ('completed', 'failed')),
           (SELECT count(*) FROM runs WHERE status IN ('completed', 'failed'))
             - (SELECT coalesce(sum(count), 0) FROM workflow_counts WHERE status IN ('completed', 'failed'))
"""
