"""Runs that wait: parked without a worker, resumed once, and never slept through."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from app.runs.repository.counts import Scribe
from app.runs.repository.ends import RunEnd, ask_to_cancel, end_runs, lock_with_family
from app.runs.states import CANCELLED, RunStatus
from tests.fixtures.target import SILENCE, Target
from tests.worker.world import World, call, chain, edge, node, text, until
from worker.execution.looking import View
from worker.execution.presence import PACE_IDLE_SECONDS, SHORTEST_PAUSE_SECONDS

_INSERT_WAIT = """
    INSERT INTO run_waits (run_id, path, node_id, attempt, org_id, component_id, kind, due_at, child_run_id)
    VALUES (:run, '', :node, 1, 'org-a', 'delay', :kind, :due_at, :child)
"""


def pause(seconds: float) -> dict[str, object]:
    return node("d", "delay", duration=seconds, unit="seconds")


async def park(world: World) -> str:
    """Return a run that is parked in a delay of a minute, with a text step behind it."""
    run = await world.start(await world.add_workflow(*chain(pause(60), text("after", "{{ d.resumed_at }}"))))
    await world.holds(
        "SELECT NOT ready AND lease_owner IS NULL AND due_at IS NOT NULL FROM runs WHERE id = :id", id=run
    )
    return run


async def make_due(world: World, run: str) -> None:
    now = world.clock.now()
    await world.execute("UPDATE run_waits SET due_at = :now WHERE run_id = :id", id=run, now=now)
    await world.execute("UPDATE runs SET due_at = :now WHERE id = :id", id=run, now=now)


async def end(world: World, run_id: str, *, cancel_leased: bool = False) -> None:
    """End a run, as the API's cancel does."""
    async with world.database.begin() as connection:
        await _end(connection, world, run_id, cancel_leased=cancel_leased)


async def _end(connection: AsyncConnection, world: World, run_id: str, *, cancel_leased: bool) -> None:
    locked = await lock_with_family(connection, [run_id])
    if cancel_leased and locked[run_id].lease_owner is not None:
        await ask_to_cancel(connection, [run_id], world.clock.now())
        return
    scribe = Scribe(world.clock.now(), world.ids, 0)
    await end_runs(connection, [RunEnd(run_id, RunStatus.FAILED, CANCELLED)], locked, scribe)


async def test_a_delay_parks_the_run_without_lease_or_slot(world: World) -> None:
    async with world.worker() as worker:
        run = await park(world)
        row = await world.run(run)
        [wait] = await world.waits(run)
        await until(lambda: worker.parts.engine.held_ids == set())
    assert (row.status, row.ready, row.lease_owner) == ("running", False, None)
    assert (wait.kind, wait.node_id, wait.due_at) == ("delay", "d", row.due_at)
    assert wait.due_at - row.started_at >= timedelta(seconds=60)


async def test_a_parked_run_goes_on_when_due_and_its_wait_is_gone(world: World) -> None:
    async with world.worker():
        run = await park(world)
        await make_due(world, run)
        [row] = await world.ended(run)
    assert row.status == "completed"
    assert await world.steps(run) == [("t", "success"), ("d", "success"), ("after", "success")]
    assert await world.waits(run) == []


async def test_parked_time_is_not_active_time(world: World) -> None:
    async with world.worker():
        run = await park(world)
        parked = (await world.run(run)).active_ms
        await world.execute("UPDATE runs SET claimed_at = claimed_at - interval '2 hours' WHERE id = :id", id=run)
        await make_due(world, run)
        [row] = await world.ended(run)
    assert parked < 5_000
    assert row.active_ms < 10_000


async def test_a_short_delay_waits_in_place(world: World) -> None:
    async with world.worker():
        run = await world.start(await world.add_workflow(*chain(pause(0.05))))
        [row] = await world.ended(run)
    assert (row.status, row.fence) == ("completed", 1)


async def test_a_run_with_an_attempt_in_flight_does_not_park(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        nodes = [node("t", "manual_trigger"), call("slow", target.url()), pause(60)]
        run = await world.start(await world.add_workflow(nodes, [edge("t", "slow"), edge("t", "d")]))
        await until(lambda: len(target.requests) == 1)
        await world.holds("SELECT count(*) = 1 FROM run_waits WHERE run_id = :id", id=run)
        assert (await world.run(run)).lease_owner is not None


async def test_a_timer_of_a_leased_run_is_its_owners(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        nodes = [node("t", "manual_trigger"), call("slow", target.url(), timeout_seconds=4), pause(1.5), text("x", "x")]
        workflow = await world.add_workflow(nodes, [edge("t", "slow"), edge("t", "d"), edge("d", "x")])
        run = await world.start(workflow)
        await world.holds("SELECT count(*) = 2 FROM run_logs WHERE run_id = :id AND node_id IN ('d', 'x')", id=run)
        row = await world.run(run)
    assert row.fence == 1


async def test_cancelling_a_parked_run_ends_it_and_closes_its_wait(world: World) -> None:
    async with world.worker():
        run = await park(world)
        await end(world, run)
    row = await world.run(run)
    assert (row.status, row.error_message, row.ready, row.due_at) == ("failed", "Cancelled", False, None)
    assert await world.steps(run) == [("t", "success"), ("d", "warning")]
    assert await world.waits(run) == []


async def test_cancelling_a_leased_run_aborts_its_attempt_within_a_beat(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()), text("after", "x"))))
        await until(lambda: len(target.requests) == 1)
        await end(world, run, cancel_leased=True)
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("failed", "Cancelled")
    assert await world.steps(run) == [("t", "success"), ("hook", "warning")]


async def test_a_notice_cancels_without_waiting_for_the_beat(world: World) -> None:
    async with Target(SILENCE) as target, world.worker() as worker:
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()))))
        await until(lambda: len(target.requests) == 1)
        await end(world, run, cancel_leased=True)
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


async def test_a_wait_that_is_resolved_before_parking_keeps_the_run_awake(world: World) -> None:
    """The wait is resolved while the run is leased: parking re-reads it under the lock."""
    async with Target(SILENCE) as target, world.worker():
        nodes = [node("t", "manual_trigger"), call("slow", target.url(), timeout_seconds=1, continue_on_error=True)]
        nodes += [pause(60), text("x", "x")]
        workflow = await world.add_workflow(nodes, [edge("t", "slow"), edge("t", "d"), edge("d", "x")])
        run = await world.start(workflow)
        await world.holds("SELECT count(*) = 1 FROM run_waits WHERE run_id = :id", id=run)
        await world.execute(
            'UPDATE run_waits SET resolved_at = :now, resolution = \'{"due_at": "2025-10-31T12:00:00.000000Z"}\''
            " WHERE run_id = :id",
            id=run,
            now=world.clock.now(),
        )
        [row] = await world.ended(run)
    assert row.status == "completed"
    assert row.fence == 1


async def test_the_end_of_a_child_resolves_its_parents_wait_in_the_same_transaction(world: World) -> None:
    parent = await parked_parent(world)
    child = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE run_waits SET child_run_id = :child WHERE run_id = :id", id=parent, child=child)
    async with world.database.connect() as connection:
        locked = await lock_with_family(connection, [child])
        scribe = Scribe(world.clock.now(), world.ids, 0)
        ends = [RunEnd(child, RunStatus.COMPLETED, output={"text": "x"})]
        echo = await end_runs(connection, ends, locked, scribe)
        assert set(locked) == {parent}
        assert (await world.run(parent)).ready is False
        await connection.commit()
    [wait] = await world.waits(parent)
    assert echo.rings == [parent]
    assert (await world.run(parent)).ready is True
    assert (wait.resolution["status"], wait.resolution["output"]) == ("completed", {"text": "x"})


async def test_a_leased_parent_is_told_instead_of_made_ready(world: World) -> None:
    parent = await parked_parent(world)
    child = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE run_waits SET child_run_id = :child WHERE run_id = :id", id=parent, child=child)
    await world.execute("UPDATE runs SET lease_owner = 'wrk_x' WHERE id = :id", id=parent)
    async with world.database.begin() as connection:
        locked = await lock_with_family(connection, [child])
        scribe = Scribe(world.clock.now(), world.ids, 0)
        echo = await end_runs(connection, [RunEnd(child, RunStatus.COMPLETED)], locked, scribe)
    assert (echo.rings, echo.notices) == ([], [("wrk_x", parent)])
    assert (await world.run(parent)).ready is False


async def test_the_end_of_a_parent_ends_children_nobody_holds_and_asks_the_owners_of_others(world: World) -> None:
    parent = await parked_parent(world)
    workflow = await world.add_workflow(*chain(text("a", "x")))
    idle, held, grandchild = [await world.start_unrung(workflow) for _ in range(3)]
    now = world.clock.now()
    await world.execute("DELETE FROM run_waits WHERE run_id = :id", id=parent)
    for number, (run, child) in enumerate(((parent, idle), (parent, held), (idle, grandchild))):
        await world.execute(_INSERT_WAIT, run=run, node=f"c{number}", kind="child", due_at=None, child=child)
    await world.execute("UPDATE runs SET lease_owner = 'wrk_x', ready = false WHERE id = :id", id=held)
    async with world.database.begin() as connection:
        locked = await lock_with_family(connection, [parent])
        assert set(locked) == {parent, idle, held, grandchild}
        ends = [RunEnd(parent, RunStatus.FAILED, CANCELLED)]
        echo = await end_runs(connection, ends, locked, Scribe(now, world.ids, 0))
    states = {name: (await world.run(run)).status for name, run in (("idle", idle), ("grandchild", grandchild))}
    assert states == {"idle": "failed", "grandchild": "failed"}
    assert (await world.run(held)).cancel_requested_at == now
    assert echo.notices == [("wrk_x", held)]


async def test_an_ended_run_stays_as_it_is(world: World) -> None:
    run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await end(world, run)
    before = await world.run(run)
    async with world.database.begin() as connection:
        locked = await lock_with_family(connection, [run])
        scribe = Scribe(world.clock.now(), world.ids, 0)
        await end_runs(connection, [RunEnd(run, RunStatus.COMPLETED)], locked, scribe)
    assert await world.run(run) == before


async def test_each_end_is_counted_once(world: World) -> None:
    workflow = await world.add_workflow(*chain(text("a", "x")))
    async with world.worker():
        runs = [await world.start(workflow) for _ in range(5)]
        await world.ended(*runs)
    counts = await world.rows(
        "SELECT status, sum(count)::int FROM workflow_counts WHERE workflow_id = :id GROUP BY status", id=workflow
    )
    assert dict(map(tuple, counts)) == {"accepted": 5, "completed": 5}


async def parked_parent(world: World) -> str:
    """Return a run parked with a child wait, as `trigger_workflow` will leave it."""
    run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE runs SET ready = false, due_at = NULL, status = 'running' WHERE id = :id", id=run)
    await world.execute(_INSERT_WAIT, run=run, node="a", kind="child", due_at=None, child=None)
    return run


async def test_a_run_parked_for_a_moment_is_taken_up_when_the_moment_comes(world: World) -> None:
    async with world.worker():
        await world.looked_twice()
        run = await world.start(await world.add_workflow(*chain(pause(1.2))))
        async with asyncio.timeout(2.5):
            [row] = await world.ended(run)
    assert (row.status, row.fence) == ("completed", 2)


async def test_after_timers_have_ripened_the_next_look_comes_at_once(world: World) -> None:
    """The view named the earliest timer only; another may be due a moment later."""
    async with world.worker() as worker:
        view = View(True, False, world.clock.now(), None, [], [], [])
        assert worker.parts.presence._pause(view, ripened=1) == SHORTEST_PAUSE_SECONDS
        assert worker.parts.presence._pause(replace(view, next_due_at=None), ripened=0) == PACE_IDLE_SECONDS
