"""A workflow is deleted while it is busy."""

import httpx

from tests.faults.system import System
from tests.worker.world import call, chain, edge, node

_IS_GONE = """
    SELECT NOT EXISTS (SELECT FROM runs WHERE workflow_id = :id)
       AND NOT EXISTS (SELECT FROM run_logs WHERE workflow_id = :id)
       AND NOT EXISTS (SELECT FROM workflow_versions WHERE workflow_id = :id)
       AND NOT EXISTS (SELECT FROM workflow_counts WHERE workflow_id = :id)
       AND NOT EXISTS (SELECT FROM workflows WHERE id = :id)
       AND NOT EXISTS (SELECT FROM run_waits)
"""


async def test_a_workflow_with_300_live_runs_is_gone_at_once_and_its_rows_in_the_end(system: System) -> None:
    """Half of the runs are calling, half are parked. The answer does not wait for them, and the calls stop."""
    async with system.witness() as target, system.witness() as other:
        target.delay_seconds = 0.2
        which = node("which", "boolean_condition", input="{{ t.park }}", operator="is_true")
        nodes = [node("t", "manual_trigger"), which, node("d", "delay", duration=600, unit="seconds")]
        calls = [call(f"n{number}", target.url()) for number in range(50)]
        _, edges = chain(*calls)
        edges = [*edges[1:], edge("t", "which"), edge("which", "d", "true"), edge("which", "n0", "false")]
        workflow = await system.create(([*nodes, *calls], edges))
        await system.worker()
        runs = [
            run
            for park in (True, False)
            for run in await system.execute(workflow, 150, context={"park": park}, at_once=20)
        ]
        await system.holds("SELECT count(*) = 150 FROM run_waits")
        await system.holds("SELECT count(DISTINCT run_id) >= 50 FROM run_logs WHERE node_id = 'n0'")
        system.ledger.note("workflow deleted", excuses=False)
        answer = await system.http.delete(f"/workflows/{workflow}")
        system.evidence.removed(run.id for run in runs)
        [left] = await system.rows("SELECT count(*) FROM runs WHERE workflow_id = :id", id=workflow)
        assert (answer.status_code, left[0]) == (httpx.codes.NO_CONTENT, 300)
        assert (await system.http.get(f"/workflows/{workflow}")).status_code == httpx.codes.NOT_FOUND
        await system.holds(_IS_GONE, id=workflow)
        asked = len(target.requests)
        later = await system.create(chain(*(call(f"n{number}", other.url()) for number in range(5))))
        assert await system.ended(await system.execute(later, 5)) == {"completed"}
        assert len(target.requests) == asked
        await system.verify()
