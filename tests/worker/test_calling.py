"""Workflows that call others: what the child is, what the step comes to, and what is refused."""

import pytest

from app.core.config import LimitSettings
from tests.worker.calling import called, calling, child_of, children, greeting, output, parked, with_error_branch
from tests.worker.world import World, chain, node, text

NAMED = {"name": "Ada"}


async def test_a_caller_waits_for_the_result_of_the_run_that_it_starts(world: World) -> None:
    callee = await world.add_workflow(*greeting())
    async with world.worker():
        nodes = [calling("c", callee, payload={"name": "{{ t.name }}"}), text("after", "{{ c.output.text }}!")]
        parent = await world.start(await world.add_workflow(*chain(*nodes)), context=NAMED)
        [row] = await world.ended(parent)
    [child] = await children(world, parent)
    assert row.status == "completed", row.error_message
    said = {"text": "Hello Ada", "result": "Hello Ada"}
    assert await output(world, parent) == {"run_id": child.id, "status": "completed", "output": said}
    assert (await output(world, parent, "after"))["text"] == "Hello Ada!"
    assert await world.waits(parent) == []


async def test_a_child_is_a_run_of_its_own(world: World) -> None:
    callee = await world.add_workflow(*greeting())
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee, payload=NAMED))))
        await world.ended(parent)
    [child] = await children(world, parent)
    assert (child.org_id, child.workflow_id, child.workflow_version) == ("org-a", callee, 1)
    assert (child.trigger_type, child.trigger_payload, child.depth) == ("workflow", {"payload": NAMED}, 1)
    began = {"trigger_type": "workflow", "run_id": child.id, "payload": NAMED, "parent_run_id": parent}
    assert await output(world, child.id, "t") == began
    counts = await world.rows(
        "SELECT status, sum(count)::int FROM workflow_counts WHERE workflow_id = :id GROUP BY 1", id=callee
    )
    assert dict(map(tuple, counts)) == {"accepted": 1, "completed": 1, "log_success": 2}


async def test_to_a_manual_trigger_the_payload_is_the_context(world: World) -> None:
    callee = await world.add_workflow(*called(text("said", "{{ t.name }}"), trigger="manual_trigger"))
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee, payload=NAMED))))
        await world.ended(parent)
    [child] = await children(world, parent)
    assert (child.trigger_type, child.trigger_payload) == ("manual", {"context": NAMED})
    assert (await output(world, parent))["output"]["text"] == "Ada"


async def test_without_waiting_the_step_is_done_and_the_child_lives_on(world: World) -> None:
    callee = await world.add_workflow(*called(node("d", "delay", duration=60, unit="seconds")))
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee, wait=False))))
        [row] = await world.ended(parent)
        child = await child_of(world, parent)
        await parked(world, child)
    assert row.status == "completed"
    assert await output(world, parent) == {"run_id": child, "status": "pending"}
    assert (await world.run(child)).status == "running"


async def test_a_failed_child_fails_the_node(world: World) -> None:
    callee = await world.add_workflow(*called(node("e", "terminate", status="failed", message="No stock.")))
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee))))
        [row] = await world.ended(parent)
    [child] = await children(world, parent)
    assert row.error_message == f"The called workflow's run {child.id} failed: No stock."
    assert await output(world, parent) == {
        "run_id": child.id,
        "status": "failed",
        "output": {"message": "No stock."},
        "error": {"message": row.error_message},
    }


async def test_the_error_branch_of_a_caller_is_taken(world: World) -> None:
    callee = await world.add_workflow(*called(node("e", "terminate", status="failed", message="No stock.")))
    async with world.worker():
        parent = await world.start(await world.add_workflow(*with_error_branch(calling("c", callee))))
        [row] = await world.ended(parent)
    assert row.status == "completed"
    assert await world.steps(parent) == [("t", "success"), ("c", "error"), ("ill", "success")]
    assert (await output(world, parent, "ill"))["text"].endswith("failed: No stock.")


async def test_a_caller_may_go_on_after_an_error(world: World) -> None:
    callee = await world.add_workflow(*called(node("e", "terminate", status="failed", message="No stock.")))
    async with world.worker():
        nodes = [calling("c", callee, continue_on_error=True), text("after", "{{ c.status }}")]
        parent = await world.start(await world.add_workflow(*chain(*nodes)))
        [row] = await world.ended(parent)
    assert row.status == "completed"
    assert (await output(world, parent, "after"))["text"] == "failed"


@pytest.mark.parametrize("delay_seconds", [0.1, 6], ids=["in place", "parked"])
async def test_each_retry_starts_a_child_of_its_own(world: World, delay_seconds: float) -> None:
    callee = await world.add_workflow(*called(node("e", "terminate", status="failed", message="No stock.")))
    retry = {"max_attempts": 3, "delay_seconds": delay_seconds}
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee, retry=retry))))
        if delay_seconds > 5:
            for attempt in (2, 3):
                await world.holds(
                    "SELECT count(*) = 1 FROM run_waits JOIN runs ON run_id = runs.id AND lease_owner IS NULL"
                    " WHERE run_id = :id AND attempt = :attempt AND kind = 'retry'",
                    id=parent,
                    attempt=attempt,
                )
                now = world.clock.now()
                await world.execute("UPDATE run_waits SET due_at = :now WHERE run_id = :id", id=parent, now=now)
                await world.execute("UPDATE runs SET due_at = :now WHERE id = :id", id=parent, now=now)
                world.look()
        [row] = await world.ended(parent)
    started = [child.id for child in await children(world, parent)]
    logs = [log for log in await world.logs(parent) if log.node_id == "c"]
    assert row.status == "failed"
    assert [(log.attempt, log.status, log.output["run_id"]) for log in logs] == [
        (1, "warning", started[0]),
        (2, "warning", started[1]),
        (3, "error", started[2]),
    ]
    assert await world.waits(parent) == []


async def test_a_call_of_itself_ends_at_the_limit_of_depth(world: World) -> None:
    callee = await world.add_workflow(*called(calling("c", "{{ workflow.id }}")))
    async with world.worker(limits=LimitSettings(call_depth=3)):
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee))))
        [row] = await world.ended(parent)
    depths = await world.rows("SELECT depth FROM runs ORDER BY id")
    assert [depth for (depth,) in depths] == [0, 1, 2, 3]
    assert row.status == "failed"
    assert row.error_message.endswith("Workflows call each other at most 3 deep, and this run is that deep already.")


async def unsuited(world: World, case: str) -> str:
    """Return the id of a workflow that cannot be called."""
    if case == "another organization's":
        return await world.add_workflow(*greeting(), org="org-b")
    callee = await world.add_workflow(
        *called(text("a", "x"), trigger="webhook_trigger" if case == "deaf" else "manual_trigger")
    )
    if case == "switched off":
        await world.execute("UPDATE workflows SET is_active = false WHERE id = :id", id=callee)
    if case == "deleted":
        await world.execute("UPDATE workflows SET deleted_at = created_at WHERE id = :id", id=callee)
    return {"unknown": "fl_none", "of odd characters": "fl_\0"}.get(case, callee)


REFUSALS = {
    "unknown": 'There is no workflow "fl_none" to call.',
    "of odd characters": '"workflow_id" came to a text that cannot be the id of a workflow.',
    "another organization's": 'There is no workflow "{id}" to call.',
    "deleted": 'There is no workflow "{id}" to call.',
    "switched off": 'The workflow "{id}" is not active, so it cannot be called.',
    "deaf": 'The workflow "{id}" begins with webhook_trigger; only one that begins with workflow_trigger,'
    " subflow_trigger or manual_trigger can be called.",
}


@pytest.mark.parametrize("case", REFUSALS)
async def test_what_cannot_be_called_fails_the_node(world: World, case: str) -> None:
    callee = await unsuited(world, case)
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", "{{ t.id }}"))), context={"id": callee})
        [row] = await world.ended(parent)
    assert row.error_message == REFUSALS[case].replace("{id}", callee)
    assert await children(world, parent) == []


async def test_a_payload_that_does_not_fit_fails_the_node_and_says_where(world: World) -> None:
    callee = await world.add_workflow(*greeting())
    schema = '{"input_schema": {"required": ["name"], "properties": {"name": {"type": "string"}}}}'
    await world.execute("UPDATE workflows SET trigger_settings = CAST(:s AS json)", s=schema)
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee, payload={"name": 5}))))
        [row] = await world.ended(parent)
    assert row.error_message == (
        'The input does not fit the workflow\'s input_schema: payload.name: 5 is not of type "string".'
    )
    assert await children(world, parent) == []


async def test_a_payload_past_the_limit_fails_the_node(world: World) -> None:
    callee = await world.add_workflow(*greeting())
    async with world.worker(limits=LimitSettings(payload_bytes=20)):
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee, payload={"a": "x" * 20}))))
        [row] = await world.ended(parent)
    assert row.error_message == "The payload is larger than 20 bytes, the limit of what a trigger gets."


async def test_the_version_called_is_the_present_one(world: World) -> None:
    callee = await world.add_workflow(*greeting())
    await world.execute(
        "INSERT INTO workflow_versions (workflow_id, version, org_id, name, nodes, edges, created_at, created_by)"
        " SELECT workflow_id, 2, org_id, name, nodes, edges, created_at, created_by FROM workflow_versions"
        " WHERE workflow_id = :id",
        id=callee,
    )
    await world.execute("UPDATE workflows SET version = 2 WHERE id = :id", id=callee)
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee))))
        await world.ended(parent)
    [child] = await children(world, parent)
    assert child.workflow_version == 2
