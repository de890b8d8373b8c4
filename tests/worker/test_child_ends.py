"""Children that end before, while and after their parent parks, or changes hands: the parent always goes on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from app.core.config import WorkerSettings
from app.core.statements import transaction
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import Echo, RunEnd, end_runs
from app.runs.repository.locks import lock_with_family
from app.runs.states import RunStatus
from tests.fixtures.target import SILENCE, Target, answer
from tests.worker.calling import calling, child_of, children, greeting, parked, patient
from tests.worker.world import RunningWorker, World, call, chain, edge, node, text, until
from worker.execution.entries import Entry, Verdict


async def end(world: World, child: str, said: str = "done") -> Echo:
    """End a run that nobody holds. Nobody is told, unless the caller does it."""
    async with transaction(world.database) as driver:
        locked = await lock_with_family(driver, [child])
        ends = [RunEnd(child, RunStatus.COMPLETED, output={"text": said})]
        return await end_runs(driver, ends, locked, Scribe(world.clock.now(), world.ids, 0))


@asynccontextmanager
async def slow_to_hear(worker: RunningWorker) -> AsyncIterator[asyncio.Event]:
    """Hold what a worker's flushes that start a child return, until the block has ended. Gives word of the first."""
    journal = worker.parts.journal
    write, let, held = journal._write, asyncio.Event(), asyncio.Event()

    async def write_and_wait(batch: list[Entry]) -> tuple[list[Verdict], Echo]:
        written = await write(batch)
        if any(entry.children for entry in batch):
            held.set()
            await let.wait()
        return written

    journal._write = write_and_wait  # type: ignore[method-assign] # for the length of the block
    try:
        yield held
    finally:
        journal._write = write  # type: ignore[method-assign] # what it was
        let.set()


def beside_a_call(callee: str, url: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return a workflow in which a call of `url` keeps the worker busy while another branch waits for a child."""
    after = call("after", f"{url}after", body="{{ c.output.text }}")
    nodes = [node("t", "manual_trigger"), call("busy", url), calling("c", callee), after]
    return nodes, [edge("t", "busy"), edge("t", "c"), edge("c", "after")]


def said_after(target: Target) -> list[bytes]:
    """Return the bodies with which the step behind the caller was called."""
    return [request.split(b"\r\n\r\n")[1] for request in target.requests if b"/after" in request]


async def test_a_child_that_ends_before_its_parents_flush_has_returned(world: World) -> None:
    room_for_the_parent = WorkerSettings(slots=2, stop_grace_seconds=0.2)  # an organization gets half of the slots
    async with world.worker(worker=room_for_the_parent) as owner:
        callee = await world.add_workflow(*greeting())
        workflow = await world.add_workflow(*chain(calling("c", callee), text("after", "{{ c.output.text }}")))
        async with slow_to_hear(owner) as held:
            parent = await world.start(workflow)
            await asyncio.wait_for(held.wait(), 20)
            async with world.worker():
                await world.ended(await child_of(world, parent))
        [row] = await world.ended(parent)
    assert row.status == "completed"
    assert [log.node_id for log in await world.logs(parent)] == ["t", "c", "after"]
    assert len(await children(world, parent)) == 1


async def test_a_child_that_ends_between_the_flush_of_its_wait_and_the_parking_of_its_parent(world: World) -> None:
    """Nobody tells the owner; parking finds the wait resolved, under the lock."""
    async with Target(answer()) as target, world.worker():
        target.gate.clear()
        callee = await world.add_workflow(*patient())
        parent = await world.start(await world.add_workflow(*beside_a_call(callee, target.url())))
        child = await child_of(world, parent)
        await parked(world, child)
        await end(world, child)
        target.gate.set()
        [row] = await world.ended(parent)
        assert said_after(target) == [b"done"]
    assert (row.status, row.fence) == ("completed", 1)


async def test_a_child_that_ends_while_its_parent_is_held_for_something_else_is_heard_of_at_once(world: World) -> None:
    async with Target(SILENCE) as target, world.worker() as owner:
        callee = await world.add_workflow(*patient())
        parent = await world.start(await world.add_workflow(*beside_a_call(callee, target.url())))
        child = await child_of(world, parent)
        await parked(world, child)
        echo = await end(world, child)
        assert (echo.rings, echo.notices) == ([], [(owner.id, parent)])
        await world.doorbell.tell(*echo.notices[0])
        await until(lambda: said_after(target) == [b"done"])
        assert (await world.run(parent)).lease_owner == owner.id


async def test_a_child_that_ends_while_its_parent_is_parked(world: World) -> None:
    async with world.worker():
        callee = await world.add_workflow(*patient())
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee))))
        child = await child_of(world, parent)
        await parked(world, parent, child)
        assert (await world.run(parent)).due_at is None
        echo = await end(world, child)
        assert echo.rings == [parent]
        await world.doorbell.ring(echo.rings)
        [row] = await world.ended(parent)
    assert (row.status, row.fence) == ("completed", 2)


async def test_a_child_that_ends_while_another_worker_has_taken_its_parent_over(world: World) -> None:
    async with Target(SILENCE) as target:
        async with world.worker() as first:
            callee = await world.add_workflow(*patient())
            parent = await world.start(await world.add_workflow(*beside_a_call(callee, target.url())))
            child = await child_of(world, parent)
            await parked(world, child)
            await until(lambda: len(target.requests) == 1)
            await first.die(world)
        async with world.worker() as second:
            await until(lambda: len(target.requests) == 2)
            await end(world, child)  # the second worker's next beat says so
            await until(lambda: said_after(target) == [b"done"])
            assert (await world.run(parent)).lease_owner == second.id
    assert [child.id for child in await children(world, parent)] == [child]


async def test_a_child_that_ends_while_its_parents_owner_is_dead(world: World) -> None:
    async with Target(SILENCE) as target:
        async with world.worker() as first:
            callee = await world.add_workflow(*patient())
            parent = await world.start(await world.add_workflow(*beside_a_call(callee, target.url())))
            child = await child_of(world, parent)
            await parked(world, child)
            await until(lambda: len(target.requests) == 1)
            await first.die(world)
        await end(world, child)
        target.answers = (answer(),)
        async with world.worker():
            [row] = await world.ended(parent)
        assert said_after(target) == [b"done"]
    assert (row.status, row.fence) == ("completed", 2)


async def test_a_worker_that_dies_before_its_flush_leaves_no_child_and_the_next_one_starts_it(world: World) -> None:
    callee = await world.add_workflow(*greeting())
    workflow = await world.add_workflow(*chain(calling("c", callee)))
    async with world.worker() as first:
        write, asked = first.parts.journal._write, asyncio.Event()

        async def write_nothing(batch: list[Entry]) -> tuple[list[Verdict], Echo]:
            if any(entry.children for entry in batch):
                asked.set()
                await asyncio.Event().wait()
            return await write(batch)

        first.parts.journal._write = write_nothing  # type: ignore[method-assign] # of a worker that dies with it
        parent = await world.start(workflow)
        await asyncio.wait_for(asked.wait(), 20)
        await first.die(world)
        first.parts.journal._flushing.cancel()  # type: ignore[union-attr] # it waits for ever
    assert await children(world, parent) == []
    async with world.worker():
        [row] = await world.ended(parent)
    assert (row.status, len(await children(world, parent))) == ("completed", 1)


async def test_a_worker_that_dies_after_its_flush_leaves_a_child_and_the_next_one_waits_for_it(world: World) -> None:
    callee = await world.add_workflow(*patient())
    workflow = await world.add_workflow(*chain(calling("c", callee)))
    async with world.worker() as first, slow_to_hear(first) as held:
        parent = await world.start(workflow)
        await asyncio.wait_for(held.wait(), 20)
        await first.die(world)
    async with world.worker():
        child = await child_of(world, parent)
        await parked(world, parent, child)
        await end(world, child)
        [row] = await world.ended(parent)
    assert row.status == "completed"
    assert [row.id for row in await children(world, parent)] == [child]


async def test_a_worker_that_dies_with_both_in_its_hands(world: World) -> None:
    """The parent waits beside a call of its own, its child calls too."""
    async with Target(SILENCE) as target:
        async with world.worker() as first:
            nodes, edges = chain(call("hook", target.url("/child")))
            callee = await world.add_workflow([node("t", "workflow_trigger"), *nodes[1:]], edges)
            parent = await world.start(await world.add_workflow(*beside_a_call(callee, target.url("/parent"))))
            await until(lambda: len(target.requests) == 2)
            await first.die(world)
        target.answers = (answer(),)
        async with world.worker():
            [row, child] = await world.ended(parent, await child_of(world, parent))
    assert (row.status, child.status, child.fence) == ("completed", "completed", 2)
    assert await counted(world) == {"accepted": 2, "completed": 2}


async def counted(world: World) -> dict[str, int]:
    rows: Sequence[tuple[str, int]] = [
        tuple(row)
        for row in await world.rows(
            "SELECT status, sum(count)::int FROM workflow_counts WHERE status NOT LIKE 'log%' GROUP BY status"
        )
    ]
    return dict(rows)
