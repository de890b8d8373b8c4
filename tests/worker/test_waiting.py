"""Runs that wait: parked without a worker, resumed once, and never slept through."""

from dataclasses import replace
from datetime import timedelta

from tests.fixtures.target import SILENCE, Target
from tests.worker.parked import make_due, park, pause
from tests.worker.world import World, call, chain, edge, node, text, until
from worker.execution.looking import View
from worker.execution.presence import PACE_IDLE_SECONDS, SHORTEST_PAUSE_SECONDS


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


async def test_a_run_parked_for_a_moment_is_taken_up_again(world: World) -> None:
    async with world.worker():
        run = await world.start(await world.add_workflow(*chain(pause(1.2))))
        [row] = await world.ended(run)
    assert (row.status, row.fence) == ("completed", 2)


async def test_parking_brings_the_next_look_forward_where_the_run_is_due_before_it(world: World) -> None:
    async with world.worker() as worker:
        presence = worker.parts.presence
        presence._look_now.clear()  # whoever heard of Valkey's epoch just now has asked for a look, too
        presence._parked(world.clock.now() + timedelta(seconds=60))
        assert not presence._look_now.is_set()
        presence._parked(world.clock.now() + timedelta(seconds=1))
        assert presence._look_now.is_set()


async def test_after_timers_have_ripened_the_next_look_comes_at_once(world: World) -> None:
    """The view named the earliest timer only; another may be due a moment later."""
    async with world.worker() as worker:
        view = View(True, False, False, world.clock.now(), None, [], {}, [])
        assert worker.parts.presence._pause(view, ripened=1) == SHORTEST_PAUSE_SECONDS
        assert worker.parts.presence._pause(replace(view, next_due_at=None), ripened=0) == PACE_IDLE_SECONDS


async def test_a_wait_that_nothing_goes_on_from_does_not_keep_the_run_awake(world: World) -> None:
    """Such a row cannot come about; if it does, the run parks all the same."""
    workflow = await world.add_workflow(*chain(node("nap", "delay", duration=60)))
    async with world.worker() as worker:
        run = await world.start(workflow)
        await world.holds("SELECT lease_owner IS NULL AND status = 'running' FROM runs WHERE id = :id", id=run)
        await world.execute(
            "INSERT INTO run_waits (run_id, path, node_id, attempt, org_id, component_id, kind, resolved_at)"
            " VALUES (:id, 'gone.0', 'lost', 1, 'org-a', 'delay', 'delay', now())",
            id=run,
        )
        fence = (await world.run(run)).fence
        await world.execute("UPDATE runs SET ready = true, due_at = now() WHERE id = :id", id=run)
        world.look()
        await world.holds("SELECT lease_owner IS NULL AND fence > :fence FROM runs WHERE id = :id", id=run, fence=fence)
        assert [wait.node_id for wait in await world.waits(run)] == ["nap"]
        assert worker.parts.engine.held_ids == set()
