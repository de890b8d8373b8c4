"""What a worker does with a run between its claim and its parting, when something is in the way."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.exc import OperationalError

from app.core.clock import Clock
from app.core.config import LimitSettings, WorkerSettings
from tests.fixtures.target import SILENCE, Target, answer
from tests.worker.leased import somebody_waits_for_a_lock
from tests.worker.looped import loop, pick
from tests.worker.world import RunningWorker, World, call, chain, edge, node, text, until
from worker.execution.executor import LET_FINISH_SECONDS
from worker.execution.journal import MOST_UNWRITTEN_BYTES
from worker.execution.waits import Asked, Inbox

FEW = 300  # readings of the clock in a run of a few steps


class CountingClock(Clock):
    """Knows how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.readings = 0

    def now(self) -> datetime:
        self.readings += 1
        return super().now()


class HurryingClock(Clock):
    """Lets time pass at once."""

    hurried = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.hurried


def give_clock(worker: RunningWorker, clock: Clock) -> None:
    worker.parts.engine._tools = replace(worker.parts.engine._tools, clock=clock)


def pause(seconds: float) -> dict[str, object]:
    return node("d", "delay", duration=seconds, unit="seconds")


def side_by_side(*nodes: dict[str, object]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    return [node("t", "manual_trigger"), *nodes], [edge("t", str(one["id"])) for one in nodes]


async def test_all_that_led_to_an_effect_is_durable_before_it_starts(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        condition = node("if", "string_condition", input="a", operator="equals", value="a")
        nodes = [node("t", "manual_trigger"), text("a", "x"), condition, call("hook", target.url())]
        edges = [edge("t", "a"), edge("a", "if"), edge("if", "hook", "true")]
        run = await world.start(await world.add_workflow(nodes, edges))
        await target.asked.wait()
        logs = await world.logs(run)
    assert [(log.node_id, log.handle) for log in logs] == [("t", "default"), ("a", "default"), ("if", "true")]


async def test_no_effect_starts_while_the_lease_is_not_sure(world: World) -> None:
    async with Target() as target, world.worker() as worker, world.database.connect() as rival:
        await rival.execute(*world.statement("SELECT FROM workers FOR UPDATE"))  # no beat gets through
        await somebody_waits_for_a_lock(world)
        worker.parts.presence._senses.lease.lost()
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()))))
        await world.holds("SELECT lease_owner IS NOT NULL FROM runs WHERE id = :id", id=run)
        await world.looked_twice()
        assert target.requests == []
        await rival.rollback()
        await target.asked.wait()
        await world.ended(run)


async def test_attempts_that_outlast_a_failing_run_by_twenty_seconds_are_cut(world: World) -> None:
    async with Target(SILENCE) as slow, Target(answer(status="400 Bad Request")) as bad, world.worker() as worker:
        clock = HurryingClock()
        give_clock(worker, clock)
        nodes, edges = side_by_side(call("slow", slow.url()), call("bad", bad.url()))
        run = await world.start(await world.add_workflow(nodes, edges))
        await world.holds("SELECT count(*) = 2 FROM run_logs WHERE run_id = :id", id=run)
        await slow.asked.wait()
        [held] = worker.parts.engine._held.values()
        for hurried in (LET_FINISH_SECONDS - 5, LET_FINISH_SECONDS):
            assert (await world.run(run)).status == "running"
            clock.hurried = hurried
            held.execution._flights.nudge.set()
            await world.looked_twice()
        [row] = await world.ended(run)
    assert row.error_message == "Webhook request failed: 400 Bad Request"
    assert dict(await world.steps(run)) == {"t": "success", "bad": "error", "slow": "warning"}


@pytest.mark.parametrize("way", ["leaving", "failing"])
async def test_a_timer_that_is_due_while_nothing_may_start_costs_nothing(world: World, way: str) -> None:
    status = "200 OK" if way == "leaving" else "400 Bad Request"
    async with Target(SILENCE) as slow, Target(answer(status=status)) as quick:
        nodes = [call("slow", slow.url(), timeout_seconds=2), call("quick", quick.url()), pause(0.3)]
        async with world.worker(worker=WorkerSettings(stop_grace_seconds=2)) as worker:
            clock = CountingClock()
            give_clock(worker, clock)
            await world.start(await world.add_workflow(*side_by_side(*nodes)))
            await slow.asked.wait()
            await quick.asked.wait()
            if way == "leaving":
                worker.stop.set()
            await until(lambda: slow.closed_connections > 0)
    assert clock.readings < FEW


async def test_attempts_that_waits_bring_back_count_as_running_at_once(world: World) -> None:
    busy = answer(status="503 Service Unavailable")
    limits = LimitSettings(concurrent_nodes=1)
    async with Target(busy, busy, busy, SILENCE) as target, world.worker(limits=limits):
        retry = {"max_attempts": 2, "delay_seconds": 0.4}
        calls = [call(f"n{number}", target.url(), retry=retry, timeout_seconds=1) for number in range(3)]
        run = await world.start(await world.add_workflow(*side_by_side(*calls)))
        await world.ended(run)
    assert len(target.requests) == 4


async def test_an_outage_while_a_run_cannot_park_does_not_fail_it(world: World) -> None:
    failures = [OperationalError("SELECT", {}, OSError("away")) for _ in range(2)]

    async with Target(SILENCE) as target, world.worker() as worker:

        class Away(Inbox):
            async def read(self, run_id: str) -> Asked:
                if failures and run_id:
                    raise failures.pop()
                return await super().read(run_id)

        worker.parts.engine._tools = replace(worker.parts.engine._tools, inbox=Away(world.database))
        slow = call("slow", target.url(), timeout_seconds=1, continue_on_error=True)
        nodes, edges = side_by_side(slow, pause(60))
        run = await world.start(await world.add_workflow(nodes, edges))
        await world.holds("SELECT count(*) = 1 FROM run_waits WHERE run_id = :id", id=run)
        await world.execute(
            'UPDATE run_waits SET resolved_at = :now, resolution = \'{"due_at": "2025-10-31T12:00:00.000000Z"}\''
            " WHERE run_id = :id",
            id=run,
            now=world.clock.now(),
        )
        [row] = await world.ended(run)
    assert (row.status, row.error_message, failures) == ("completed", None, [])


async def test_the_time_that_a_run_was_held_is_not_read_off_the_wall(world: World) -> None:
    """What a clock that jumps two hours looks like to whoever subtracts."""
    async with Target(SILENCE) as target, world.worker():
        nodes, edges = side_by_side(call("slow", target.url(), timeout_seconds=1, continue_on_error=True), pause(60))
        run = await world.start(await world.add_workflow(nodes, edges))
        await target.asked.wait()
        await world.execute("UPDATE runs SET claimed_at = claimed_at - interval '2 hours' WHERE id = :id", id=run)
        await world.holds("SELECT lease_owner IS NULL FROM runs WHERE id = :id", id=run)
    assert 1_000 <= (await world.run(run)).active_ms < 60_000


async def test_a_dead_owner_used_no_more_time_than_its_steps_took(world: World) -> None:
    async with Target(answer(), SILENCE) as target:
        run = await world.start(await world.add_workflow(*chain(call("one", target.url()), call("two", target.url()))))
        async with world.worker() as first:
            await until(lambda: len(target.requests) == 2)
            await world.execute("UPDATE run_logs SET duration_ms = 5000 WHERE seq > 1")
            await world.execute("UPDATE runs SET claimed_at = claimed_at - interval '2 hours' WHERE id = :id", id=run)
            await first.die(world)
        async with world.worker():
            await until(lambda: len(target.requests) == 3)
            assert (await world.run(run)).active_ms == 5000


async def test_progress_is_counted_when_a_run_parks(world: World) -> None:
    run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"), pause(60))))
    await world.execute("UPDATE runs SET takeovers = 3 WHERE id = :id", id=run)
    async with world.worker():
        await world.holds("SELECT due_at IS NOT NULL AND NOT ready FROM runs WHERE id = :id", id=run)
    assert (await world.run(run)).takeovers == 0


async def test_a_run_that_was_active_for_too_long_before_its_takeover_ends_first(world: World) -> None:
    async with Target() as target, world.worker():
        run = await world.start_unrung(await world.add_workflow(*chain(call("hook", target.url()))))
        await world.execute("UPDATE runs SET active_ms = 3600001 WHERE id = :id", id=run)
        world.look()
        [row] = await world.ended(run)
    assert (row.error_message, target.requests) == ("The run was active for more than 3600 seconds.", [])


async def test_no_claims_while_live_contexts_fill_the_memory(world: World) -> None:
    small = WorkerSettings(context_bytes=1000, stop_grace_seconds=0.2)
    async with Target(SILENCE) as target, world.worker(worker=small) as worker:
        workflow = await world.add_workflow(*chain(call("hook", target.url())))
        await world.start(workflow, context={"much": "x" * 2000})
        await target.asked.wait()
        assert worker.parts.engine.free_slots == 0
        await until(lambda: worker.parts.engine.claims % 2 == 0)  # one that began before may still take what it finds
        later = await world.start(workflow)
        await world.looked_twice()
        assert (await world.run(later)).fence == 0


async def test_items_do_not_run_ahead_of_what_the_database_writes(world: World) -> None:
    nodes, edges = loop(list(range(40)), pick("page", page="{{ trigger.context.page }}"))
    edges = [edge("t", "hook"), edge("hook", "loop"), *(each for each in edges if each["source"] != "t")]
    async with Target() as target, world.worker() as worker, world.database.connect() as rival:
        target.gate.clear()
        workflow = await world.add_workflow([*nodes, call("hook", target.url())], edges)
        run = await world.start(workflow, context={"page": "x" * 500_000})
        await target.asked.wait()
        await rival.execute(*world.statement("SELECT FROM runs WHERE id = :id FOR UPDATE", id=run))
        target.gate.set()
        journal = worker.parts.journal
        await until(lambda: journal._unwritten_bytes > MOST_UNWRITTEN_BYTES)
        await world.looked_twice()
        assert journal._unwritten_bytes < MOST_UNWRITTEN_BYTES + 1_100_000
        await rival.rollback()
        [row] = await world.ended(run)
    assert row.status == "completed"


async def test_a_stop_during_an_outage_comes_to_an_end(world: World) -> None:
    """Nothing can be released meanwhile: others find out, or what had reached the database gives the run back."""
    async with Target(SILENCE) as target, world.worker() as worker:
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()))))
        await target.asked.wait()
        async with world.database.connect() as rival:
            await rival.execute(*world.statement("SELECT FROM runs WHERE id = :id FOR UPDATE", id=run))
            worker.stop.set()
            async with asyncio.timeout(20):
                await worker.task
        row = await world.run(run)
    assert (row.status, row.lease_owner == worker.id or row.ready) == ("running", True)
