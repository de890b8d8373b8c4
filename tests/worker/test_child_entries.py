"""Children in the journal: there with their waits or not at all, once each, and never without a live parent."""

from dataclasses import replace

import pytest

from app.core.ids import RUN
from app.core.json import dumps
from app.core.statements import transaction
from app.runs.repository.children import ChildRun
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import RunEnd, end_runs
from app.runs.repository.locks import lock_with_family
from app.runs.repository.starts import AcceptedRun, RunStart
from app.runs.states import RunStatus
from tests.worker.calling import children, greeting
from tests.worker.leased import journal_of, leased_runs, step, wait
from tests.worker.world import World
from worker.execution.entries import Entry, Transition, Verdict
from worker.execution.steps import WaitRow


async def child_of(world: World, parent: str, *, is_awaited: bool = True) -> ChildRun:
    start = RunStart("org-a", await world.add_workflow(*greeting()), 1, "workflow", dumps({"payload": {}}), parent)
    return ChildRun(AcceptedRun(world.ids.new(RUN), start, world.clock.now()), parent, 1, is_awaited)


def wait_for(world: World, child: ChildRun, attempt: int = 1) -> WaitRow:
    row = wait(world, child.parent_run_id, "c")
    return replace(row, kind="child", due_at=None, attempt=attempt, child_run_id=child.run.id)


async def accepted(world: World, child: ChildRun) -> int:
    counted = "SELECT coalesce(sum(count), 0)::int FROM workflow_counts WHERE workflow_id = :id AND status = 'accepted'"
    return int((await world.rows(counted, id=child.run.start.workflow_id))[0][0])


async def end(world: World, run: str) -> None:
    """End a run whose parent's owner hears nothing of it."""
    async with transaction(world.database) as driver:
        locked = await lock_with_family(driver, [run])
        await end_runs(driver, [RunEnd(run, RunStatus.COMPLETED)], locked, Scribe(world.clock.now(), world.ids, 0))


async def test_a_child_is_inserted_counted_and_due_together_with_its_wait(world: World) -> None:
    [parent] = await leased_runs(world)
    child = await child_of(world, parent)
    entry = Entry(parent, 1, opened=[wait_for(world, child)], children=[child])
    assert await journal_of(world).submit(entry) is Verdict.RECORDED
    [row] = await children(world, parent)
    [waiting] = await world.waits(parent)
    assert (row.id, row.status, row.ready, row.depth) == (child.run.id, "pending", True, 1)
    assert (waiting.child_run_id, waiting.kind) == (child.run.id, "child")
    assert await accepted(world, child) == 1


async def test_a_flush_that_is_repeated_inserts_and_counts_its_child_once(world: World) -> None:
    [parent] = await leased_runs(world)
    child = await child_of(world, parent)
    for _ in range(2):
        entry = Entry(parent, 1, opened=[wait_for(world, child)], children=[child])
        assert await journal_of(world).submit(entry) is Verdict.RECORDED
    assert len(await children(world, parent)) == 1
    assert await accepted(world, child) == 1


async def test_a_flush_that_is_repeated_does_not_undo_what_its_child_has_resolved_meanwhile(world: World) -> None:
    """The wait before a retry has the same key as the wait for the child that the retry starts."""
    [parent] = await leased_runs(world)
    pause = replace(wait(world, parent, "c"), kind="retry", attempt=2)
    journal = journal_of(world)
    await journal.submit(Entry(parent, 1, opened=[pause]))
    child = await child_of(world, parent)
    for _ in range(2):
        entry = Entry(parent, 1, closed=[("", "c")], opened=[wait_for(world, child, attempt=2)], children=[child])
        assert await journal.submit(entry) is Verdict.RECORDED
        await end(world, child.run.id)
    [waiting] = await world.waits(parent)
    assert (waiting.kind, waiting.child_run_id) == ("child", child.run.id)
    assert waiting.resolution["status"] == "completed"


@pytest.mark.parametrize(
    "change", ["fence = 2", "lease_owner = 'wrk_other'", "status = 'failed', completed_at = created_at"]
)
async def test_who_does_not_hold_a_run_any_more_starts_no_child_of_it(world: World, change: str) -> None:
    [parent] = await leased_runs(world)
    await world.execute(f"UPDATE runs SET {change} WHERE id = :id", id=parent)  # noqa: S608 -- one of the lines above
    awaited, free = await child_of(world, parent), await child_of(world, parent, is_awaited=False)
    entry = Entry(parent, 1, [step(world, parent)], opened=[wait_for(world, awaited)], children=[awaited, free])
    assert await journal_of(world).submit(entry) is Verdict.REFUSED
    assert await children(world, parent) == []
    assert await world.waits(parent) == []


async def test_where_a_run_ends_with_the_entry_nothing_starts_that_it_would_wait_for(world: World) -> None:
    [parent] = await leased_runs(world)
    awaited, free = await child_of(world, parent), await child_of(world, parent, is_awaited=False)
    over = RunEnd(parent, RunStatus.FAILED, "over")
    entry = Entry(
        parent, 1, [step(world, parent)], opened=[wait_for(world, awaited)], transition=over, children=[awaited, free]
    )
    assert await journal_of(world).submit(entry) is Verdict.RECORDED
    assert [row.id for row in await children(world, parent)] == [free.run.id]
    assert await world.steps(parent) == [("a", "success"), ("c", "warning")]
    assert await world.waits(parent) == []


async def test_a_run_asked_to_cancel_while_it_is_released_starts_no_child(world: World) -> None:
    [parent] = await leased_runs(world)
    await world.execute("UPDATE runs SET cancel_requested_at = created_at WHERE id = :id", id=parent)
    child = await child_of(world, parent)
    entry = Entry(parent, 1, opened=[wait_for(world, child)], transition=Transition.RELEASE, children=[child])
    assert await journal_of(world).submit(entry) is Verdict.RECORDED
    assert (await world.run(parent)).status == "failed"
    assert await children(world, parent) == []
