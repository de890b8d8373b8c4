"""Ends that spread: from parents to the children they wait for, and from children to the steps that wait for them."""

from app.core.statements import transaction
from app.runs.repository.cancels import ask_all_to_cancel, cancel_run
from app.runs.repository.counts import Scribe
from tests.fixtures.target import SILENCE, Target
from tests.worker.calling import called, calling, child_of, children, parked, patient, with_error_branch
from tests.worker.world import World, call, chain, edge, node, text, until

CANCELLED = ("failed", "Cancelled")


async def cancel(world: World, run_id: str) -> None:
    """Cancel as the API does; nobody is told."""
    async with transaction(world.database) as driver:
        await cancel_run(driver, run_id, Scribe(world.clock.now(), world.ids, 0))


async def ends(world: World, *runs: str) -> list[tuple[str, str | None]]:
    return [(row.status, row.error_message) for row in await world.ended(*runs)]


async def test_cancelling_a_parent_cancels_its_children_and_theirs_at_once(world: World) -> None:
    async with world.worker():
        callee = await world.add_workflow(*called(calling("c", await world.add_workflow(*patient()))))
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee))))
        child = await child_of(world, parent)
        grandchild = await child_of(world, child)
        await parked(world, parent, child, grandchild)
    await cancel(world, parent)  # no worker is there any more
    assert await ends(world, parent, child, grandchild) == [CANCELLED] * 3
    assert [await world.waits(run) for run in (parent, child, grandchild)] == [[], [], []]
    assert await world.steps(parent) == [("t", "success"), ("c", "warning")]


async def test_a_child_that_a_worker_holds_is_asked_for(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        callee = await world.add_workflow(*called(call("hook", target.url())))
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee))))
        child = await child_of(world, parent)
        await until(lambda: len(target.requests) == 1)
        await parked(world, parent)
        await cancel(world, parent)
        assert await ends(world, parent, child) == [CANCELLED] * 2


async def test_a_child_that_is_cancelled_alone_fails_the_step_that_waits_for_it(world: World) -> None:
    async with world.worker():
        callee = await world.add_workflow(*patient())
        parent = await world.start(await world.add_workflow(*with_error_branch(calling("c", callee))))
        child = await child_of(world, parent)
        await parked(world, parent, child)
        await cancel(world, child)
        [row] = await world.ended(parent)
    assert row.status == "completed"
    [ill] = [log for log in await world.logs(parent) if log.node_id == "ill"]
    assert ill.output["text"] == f"The called workflow's run {child} failed: Cancelled"


async def test_a_parent_that_fails_on_another_branch_cancels_its_child(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        callee = await world.add_workflow(*patient())
        nodes = [node("t", "manual_trigger"), calling("c", callee), call("hook", target.url(), timeout_seconds=1)]
        parent = await world.start(await world.add_workflow(nodes, [edge("t", "c"), edge("t", "hook")]))
        child = await child_of(world, parent)
        [failed, cancelled] = await ends(world, parent, child)
    assert failed[0] == "failed"
    assert "Webhook request failed" in str(failed[1]) or "longer than 1 second" in str(failed[1])
    assert cancelled == CANCELLED
    assert ("c", "warning") in await world.steps(parent)
    assert await world.waits(parent) == []


async def test_a_parent_that_is_terminated_on_another_branch_cancels_its_child(world: World) -> None:
    async with Target() as target, world.worker():
        target.gate.clear()
        callee = await world.add_workflow(*patient())
        nodes = [node("t", "manual_trigger"), calling("c", callee), call("hook", target.url()), node("e", "terminate")]
        edges = [edge("t", "c"), edge("t", "hook"), edge("hook", "e")]
        parent = await world.start(await world.add_workflow(nodes, edges))
        child = await child_of(world, parent)
        await parked(world, child)
        target.gate.set()
        assert await ends(world, parent, child) == [("completed", None), CANCELLED]


async def test_a_child_that_nobody_waits_for_outlives_its_parents_end(world: World) -> None:
    async with world.worker():
        callee = await world.add_workflow(*patient())
        nodes = [calling("c", callee, wait=False), node("d", "delay", duration=60, unit="seconds")]
        parent = await world.start(await world.add_workflow(*chain(*nodes)))
        child = await child_of(world, parent)
        await parked(world, parent, child)
        await cancel(world, parent)
        assert await ends(world, parent) == [CANCELLED]
        assert (await world.run(child)).status == "running"


async def test_a_cancelled_parent_starts_no_child_any_more(world: World) -> None:
    async with Target() as target, world.worker():
        target.gate.clear()
        callee = await world.add_workflow(*patient())
        parent = await world.start(
            await world.add_workflow(*chain(call("hook", target.url()), calling("c", callee), text("x", "x")))
        )
        await until(lambda: len(target.requests) == 1)
        await cancel(world, parent)
        assert await ends(world, parent) == [CANCELLED]
        target.gate.set()
    assert await children(world, parent) == []


async def test_deleting_a_workflow_ends_its_runs_and_the_steps_that_wait_for_them(world: World) -> None:
    async with world.worker() as worker:
        callee = await world.add_workflow(*patient())
        parent = await world.start(await world.add_workflow(*with_error_branch(calling("c", callee))))
        child = await child_of(world, parent)
        await parked(world, parent, child)
        await delete(world, callee)
        while await worker.parts.removal.remove_some() is not None:
            pass
        [row] = await world.ended(parent)
    assert row.status == "completed"
    assert await world.rows("SELECT id FROM runs WHERE id = :id", id=child) == []
    [failed] = [log for log in await world.logs(parent) if log.node_id == "c"]
    assert failed.output["error"]["message"].endswith("failed: Cancelled")


async def test_deleting_a_calling_workflow_cancels_the_children_of_its_runs(world: World) -> None:
    async with world.worker() as worker:
        caller = await world.add_workflow(*chain(calling("c", await world.add_workflow(*patient()))))
        parent = await world.start(caller)
        child = await child_of(world, parent)
        await parked(world, parent, child)
        await delete(world, caller)
        while await worker.parts.removal.remove_some() is not None:
            pass
        assert await ends(world, child) == [CANCELLED]


async def delete(world: World, workflow: str) -> None:
    """Mark a workflow deleted as the API does."""
    now = world.clock.now()
    await world.execute("UPDATE workflows SET deleted_at = :now WHERE id = :id", id=workflow, now=now)
    async with transaction(world.database) as driver:
        await ask_all_to_cancel(driver, "org-a", workflow, now)
