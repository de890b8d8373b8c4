"""How runs end, whoever ends them: once, with all that hangs on them."""

import asyncio

from app.core.statements import transaction
from app.runs.repository.cancels import cancel_run
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import RunEnd, end_runs
from app.runs.repository.locks import lock_with_family
from app.runs.states import CANCELLED, RunStatus
from tests.fixtures.target import SILENCE, Target
from tests.worker.parked import park
from tests.worker.world import World, call, chain, text, until

_INSERT_WAIT = """
    INSERT INTO run_waits (run_id, path, node_id, attempt, org_id, component_id, kind, due_at, child_run_id)
    VALUES (:run, '', :node, 1, 'org-a', 'delay', :kind, :due_at, :child)
"""


async def cancel(world: World, run_id: str) -> None:
    async with transaction(world.database) as driver:
        await cancel_run(driver, run_id, Scribe(world.clock.now(), world.ids, 0))


async def test_cancelling_a_parked_run_ends_it_and_closes_its_wait(world: World) -> None:
    async with world.worker():
        run = await park(world)
        await cancel(world, run)
    row = await world.run(run)
    assert (row.status, row.error_message, row.ready, row.due_at) == ("failed", "Cancelled", False, None)
    assert await world.steps(run) == [("t", "success"), ("d", "warning")]
    assert await world.waits(run) == []


async def test_cancelling_a_leased_run_aborts_its_attempt_within_a_beat(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()), text("after", "x"))))
        await until(lambda: len(target.requests) == 1)
        await cancel(world, run)
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("failed", "Cancelled")
    assert await world.steps(run) == [("t", "success"), ("hook", "warning")]


async def test_a_notice_cancels_without_waiting_for_the_beat(world: World) -> None:
    async with Target(SILENCE) as target, world.worker() as worker:
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()))))
        await until(lambda: len(target.requests) == 1)
        await cancel(world, run)
        async with asyncio.timeout(1.5):
            while (await world.run(run)).status != "failed":
                await world.doorbell.tell(worker.id, run)
                await asyncio.sleep(0.05)


async def test_a_run_cancelled_before_its_first_claim_starts_nothing(world: World) -> None:
    run = await world.start(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE runs SET cancel_requested_at = :now WHERE id = :id", id=run, now=world.clock.now())
    async with world.worker():
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("failed", "Cancelled")
    assert await world.steps(run) == []


async def test_the_end_of_a_child_resolves_its_parents_wait_in_the_same_transaction(world: World) -> None:
    parent = await parked_parent(world)
    child = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE run_waits SET child_run_id = :child WHERE run_id = :id", id=parent, child=child)
    async with transaction(world.database) as driver:
        locked = await lock_with_family(driver, [child])
        scribe = Scribe(world.clock.now(), world.ids, 0)
        ends = [RunEnd(child, RunStatus.COMPLETED, output={"text": "x"})]
        echo = await end_runs(driver, ends, locked, scribe)
        assert set(locked) == {parent}
        assert (await world.run(parent)).ready is False
    [wait] = await world.waits(parent)
    assert echo.rings == [parent]
    assert (await world.run(parent)).ready is True
    assert (wait.resolution["status"], wait.resolution["output"]) == ("completed", {"text": "x"})


async def test_a_leased_parent_is_told_instead_of_made_ready(world: World) -> None:
    parent = await parked_parent(world)
    child = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE run_waits SET child_run_id = :child WHERE run_id = :id", id=parent, child=child)
    await world.execute("UPDATE runs SET lease_owner = 'wrk_x' WHERE id = :id", id=parent)
    async with transaction(world.database) as driver:
        locked = await lock_with_family(driver, [child])
        scribe = Scribe(world.clock.now(), world.ids, 0)
        echo = await end_runs(driver, [RunEnd(child, RunStatus.COMPLETED)], locked, scribe)
    assert (echo.rings, echo.notices) == ([], [("wrk_x", parent)])
    assert (await world.run(parent)).ready is False


async def test_a_parent_that_is_over_is_not_made_ready_by_the_end_of_its_child(world: World) -> None:
    """Such a wait cannot come about; if it does, the run stays as it has ended."""
    parent = await parked_parent(world)
    child = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE run_waits SET child_run_id = :child WHERE run_id = :id", id=parent, child=child)
    await world.execute("UPDATE runs SET status = 'failed', completed_at = created_at WHERE id = :id", id=parent)
    before = await world.run(parent)
    async with transaction(world.database) as driver:
        locked = await lock_with_family(driver, [child])
        scribe = Scribe(world.clock.now(), world.ids, 0)
        echo = await end_runs(driver, [RunEnd(child, RunStatus.COMPLETED)], locked, scribe)
    assert (echo.rings, await world.run(parent)) == ([], before)


async def test_the_end_of_a_parent_ends_children_nobody_holds_and_asks_the_owners_of_others(world: World) -> None:
    parent = await parked_parent(world)
    workflow = await world.add_workflow(*chain(text("a", "x")))
    idle, held, grandchild = [await world.start_unrung(workflow) for _ in range(3)]
    now = world.clock.now()
    await world.execute("DELETE FROM run_waits WHERE run_id = :id", id=parent)
    for number, (run, child) in enumerate(((parent, idle), (parent, held), (idle, grandchild))):
        await world.execute(_INSERT_WAIT, run=run, node=f"c{number}", kind="child", due_at=None, child=child)
    await world.execute("UPDATE runs SET lease_owner = 'wrk_x', ready = false WHERE id = :id", id=held)
    async with transaction(world.database) as driver:
        locked = await lock_with_family(driver, [parent])
        assert set(locked) == {parent, idle, held, grandchild}
        ends = [RunEnd(parent, RunStatus.FAILED, CANCELLED)]
        echo = await end_runs(driver, ends, locked, Scribe(now, world.ids, 0))
    states = {name: (await world.run(run)).status for name, run in (("idle", idle), ("grandchild", grandchild))}
    assert states == {"idle": "failed", "grandchild": "failed"}
    assert (await world.run(held)).cancel_requested_at == now
    assert echo.notices == [("wrk_x", held)]


async def test_a_run_never_ends_before_it_was_created_whatever_the_clocks_say(world: World) -> None:
    run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE runs SET created_at = created_at + interval '1 second' WHERE id = :id", id=run)
    async with world.worker():
        [row] = await world.ended(run)
    assert row.created_at == row.started_at == row.completed_at


async def test_an_ended_run_stays_as_it_is(world: World) -> None:
    run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await cancel(world, run)
    before = await world.run(run)
    async with transaction(world.database) as driver:
        locked = await lock_with_family(driver, [run])
        scribe = Scribe(world.clock.now(), world.ids, 0)
        await end_runs(driver, [RunEnd(run, RunStatus.COMPLETED)], locked, scribe)
    assert await world.run(run) == before


async def test_each_end_is_counted_once(world: World) -> None:
    workflow = await world.add_workflow(*chain(text("a", "x")))
    async with world.worker():
        runs = [await world.start(workflow) for _ in range(5)]
        await world.ended(*runs)
    counts = await world.rows(
        "SELECT status, sum(count)::int FROM workflow_counts WHERE workflow_id = :id GROUP BY status", id=workflow
    )
    assert dict(map(tuple, counts)) == {"accepted": 5, "completed": 5, "log_success": 10}


async def parked_parent(world: World) -> str:
    """Return a run parked with a child wait, as `trigger_workflow` will leave it."""
    run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE runs SET ready = false, due_at = NULL, status = 'running' WHERE id = :id", id=run)
    await world.execute(_INSERT_WAIT, run=run, node="a", kind="child", due_at=None, child=None)
    return run
