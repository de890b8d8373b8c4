"""Where no process is left that could go on, every run ends for the same reason."""

import pytest

from app.runs.repository import interrupting
from app.runs.repository.interrupting import interrupt_all
from tests.fixtures.target import SILENCE, Target
from tests.worker.calling import called, calling, child_of, parked, patient
from tests.worker.world import World, call, chain, text, until

WHY = "interrupted: for a test"


async def test_callers_and_called_end_for_the_same_reason_in_whatever_batches(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupting, "BATCH", 1)
    grandchild = await world.add_workflow(*patient())
    child = await world.add_workflow(*called(calling("c", grandchild)))
    parent = await world.add_workflow(*chain(calling("c", child)))
    async with world.worker():
        top = await world.start(parent)
        middle = await child_of(world, top)
        bottom = await child_of(world, middle)
        await parked(world, top, middle, bottom)
    assert await interrupt_all(world.database, WHY, world.clock) == 3
    rows = [await world.run(run) for run in (top, middle, bottom)]
    assert [(row.status, row.error_message) for row in rows] == [("failed", WHY)] * 3
    assert [await world.steps(run) for run in (top, middle)] == [[("t", "success"), ("c", "warning")]] * 2
    assert await world.waits(top) == await world.waits(middle) == await world.waits(bottom) == []
    [counted] = await world.rows("SELECT sum(count) AS failed FROM workflow_counts WHERE status = 'failed'")
    assert counted.failed == 3


async def test_the_time_since_its_owner_was_last_seen_does_not_count_as_active(world: World) -> None:
    async with Target(SILENCE) as target, world.worker() as worker:
        run = await world.start(await world.add_workflow(*chain(call("slow", target.url()))))
        await until(lambda: bool(target.requests))
        await worker.die(world)
    await world.execute("UPDATE runs SET claimed_at = claimed_at - interval '9 days'")
    await interrupt_all(world.database, WHY, world.clock)
    row = await world.run(run)
    assert (row.error_message, row.lease_owner, row.active_ms) == (WHY, None, 0)


async def test_what_was_asked_to_cancel_ends_so(world: World) -> None:
    run = await world.start_unrung(await world.add_workflow(*chain(text("said", "x"))))
    await world.execute("UPDATE runs SET cancel_requested_at = now()")
    await interrupt_all(world.database, WHY, world.clock)
    assert (await world.run(run)).error_message == "Cancelled"


async def test_what_has_ended_stays_as_it_is(world: World) -> None:
    async with world.worker():
        run = await world.start(await world.add_workflow(*chain(text("said", "x"))))
        [before] = await world.ended(run)
    assert await interrupt_all(world.database, WHY, world.clock) == 0
    assert await world.run(run) == before
