"""What the first step of a run shows of how the run began."""

from app.core.ids import RUN
from app.core.json import dumps
from app.runs.repository.starts import RunStart
from tests.worker.world import World, edge, node, text


async def outcome(world: World, run_id: str) -> tuple[object, object]:
    """Return the trigger's output and what the step behind it made of it."""
    await world.ended(run_id)
    first, second = await world.logs(run_id)
    return first.output, second.output["text"]


async def test_a_run_that_an_event_started_shows_the_event(world: World) -> None:
    nodes = [node("t", "event_trigger", event="site.*"), text("a", "{{ trigger.event }}: {{ t.payload.name }}")]
    workflow = await world.add_workflow(nodes, [edge("t", "a")])
    payload = {"event": "site.added", "payload": {"name": "Lisbon"}}
    accepted = await world.starter.start(RunStart("org-a", workflow, 1, "event", dumps(payload), "test"))
    async with world.worker():
        output, made = await outcome(world, accepted.id)
    assert (output, made) == ({"trigger_type": "event", "run_id": accepted.id, **payload}, "site.added: Lisbon")


async def test_a_run_that_another_started_names_it(world: World) -> None:
    nodes = [node("t", "workflow_trigger"), text("a", "{{ trigger.parent_run_id }}")]
    workflow = await world.add_workflow(nodes, [edge("t", "a")])
    parent, run = world.ids.new(RUN), world.ids.new(RUN)
    await world.execute(
        "INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload,"
        " parent_run_id, ready, due_at, created_at)"
        " VALUES (:id, 'org-a', :workflow, 1, 'pending', 'workflow', '{\"payload\": {\"a\": 1}}',"
        " :parent, true, :now, :now)",
        id=run,
        workflow=workflow,
        parent=parent,
        now=world.clock.now(),
    )
    async with world.worker():
        output, made = await outcome(world, run)
    expected = {"trigger_type": "workflow", "run_id": run, "payload": {"a": 1}, "parent_run_id": parent}
    assert (output, made) == (expected, parent)
