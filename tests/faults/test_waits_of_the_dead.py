"""What a run waits for comes while its worker is dead, or while there is none at all."""

import asyncio

import pytest

from tests.faults.calls import most_often, repeated
from tests.faults.graphs import hook
from tests.faults.system import Accepted, System
from tests.fixtures.target import SILENCE, answer
from tests.worker.calling import called, calling
from tests.worker.world import call, chain, edge, node, text, until

pytestmark = pytest.mark.faults

SUM = "{{ c.status }} {{ c.output.text }} {{ slow.status }}"
HANDLE = {"sourceHandle": "submit"}


async def owner_of(system: System, run_id: str) -> str:
    [row] = await system.rows("SELECT lease_owner FROM runs WHERE id = :id", id=run_id)
    return str(row.lease_owner)


async def outputs(system: System, run: Accepted) -> dict[str, object]:
    rows = await system.rows("SELECT node_id, output FROM run_logs WHERE run_id = :id ORDER BY seq", id=run.id)
    return {row.node_id: row.output for row in rows}


async def test_a_child_that_ends_while_its_parents_worker_is_gone_is_heard_of(system: System) -> None:
    """The parent's worker, which holds it for a call of another branch, stops, and dies after the child has ended."""
    async with system.witness(SILENCE) as target:
        child = await system.create(called(node("d", "delay", duration=2, unit="seconds"), text("said", "well")))
        nodes = [node("t", "manual_trigger"), calling("c", child), hook("slow", target), text("sum", SUM)]
        edges = [edge("t", "c"), edge("t", "slow"), edge("c", "sum"), edge("slow", "sum")]
        parent_workflow = await system.create((nodes, edges))
        dying = await system.worker()
        [parent] = await system.execute(parent_workflow)
        await until(lambda: bool(target.requests))
        await system.holds("SELECT count(*) = 1 FROM runs WHERE parent_run_id IS NOT NULL AND due_at > '2000-01-01'")
        await system.holds("SELECT bool_and(lease_owner IS NULL) FROM runs WHERE parent_run_id IS NOT NULL")
        owner = await owner_of(system, parent.id)
        dying.freeze()
        await system.worker()
        await system.holds("SELECT bool_and(status = 'completed') FROM runs WHERE parent_run_id IS NOT NULL")
        assert await owner_of(system, parent.id) == owner  # nobody has taken it over yet
        target.answers = (answer(),)
        dying.kill()
        await system.verify()
        assert most_often(target) == 2  # by the dead, and by whoever took over
    said = await outputs(system, parent)
    assert said["sum"] == {"text": "completed well 200", "result": "completed well 200"}
    assert len(await system.rows("SELECT id FROM runs WHERE parent_run_id IS NOT NULL")) == 1


async def test_a_form_that_is_answered_while_no_worker_lives_is_gone_on_from_by_the_next(system: System) -> None:
    form = node("ask", "interactive_form", title="Well?", fields=[{"name": "why", "type": "text"}])
    async with system.witness() as target:
        nodes, edges = chain(form, call("hook", target.url(), body={"why": "{{ ask.values.why }}"}))
        workflow = await system.create((nodes, [one | HANDLE if one["source"] == "ask" else one for one in edges]))
        worker = await system.worker()
        [run] = await system.execute(workflow)
        await system.holds(
            "SELECT status = 'awaiting_ui_interaction' AND lease_owner IS NULL FROM runs WHERE id = :id", id=run.id
        )
        worker.kill()
        shown = (await system.http.get(f"/workflows/runs/{run.id}")).json()
        [interaction] = shown["interactions"]
        given = {"button": "submit", "values": {"why": "Ünïcode 👍"}}
        answered = await system.http.post(interaction["url"], json=given)
        assert answered.status_code == 200, answered.text
        assert (await system.http.post(interaction["url"], json=given)).status_code == 410
        await asyncio.gather(system.worker(), system.worker())
        await system.verify()
        assert (len(target.requests), repeated(target)) == (1, set())
        assert target.requests[0].endswith('{"why":"Ünïcode 👍"}'.encode())
