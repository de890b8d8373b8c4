"""Runs go by their age while others start, and while those who remove them are killed: all of a run, or nothing."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.clocks import Offset
from tests.faults.graphs import hook, links
from tests.faults.ledger import Ledger
from tests.faults.points import REMOVAL_POINTS
from tests.faults.racing import OK
from tests.faults.system import Accepted, System
from tests.fixtures.target import Target
from tests.worker.calling import called, calling
from tests.worker.world import chain, edge, node

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

KEPT_DAYS = 30
AGES_DAYS = (100, 65)  # months apart; in the older one a run lives on
EACH, NEW = 60, 30  # runs: old ones of each age, and new ones at a time
NEVER = 1_000_000  # passes
UNKNOWN = 404
DAY_SECONDS = 86_400.0
# Before which removal each remover dies. A second one comes once only: what is removed first is gone for good then.
DEATHS = ((1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1))

# Rows are counted by the transactions that write and remove them: this selects nothing at any moment.
_MISCOUNTED = """
    WITH counted AS (
        SELECT workflow_id, status, sum(count) AS count FROM workflow_counts
        WHERE status IN ('accepted', 'completed', 'failed') GROUP BY 1, 2
    ), truth AS (
        SELECT workflow_id, 'accepted' AS status, count(*) AS count FROM runs GROUP BY 1
        UNION ALL SELECT workflow_id, status, count(*) FROM runs WHERE completed_at IS NOT NULL GROUP BY 1, 2
    )
    SELECT * FROM truth FULL JOIN counted USING (workflow_id, status)
    WHERE coalesce(truth.count, 0) <> coalesce(counted.count, 0)
"""
_HALF_GONE = "SELECT run_id FROM run_logs WHERE NOT EXISTS (SELECT FROM runs WHERE runs.id = run_id)"


@pytest.fixture
def offset(tmp_path: Path) -> Offset:
    """Return a clock that is slow by as much as the oldest run is to be old."""
    offset = Offset(tmp_path / "offset", Ledger())
    offset.set(-AGES_DAYS[0] * DAY_SECONDS, "")
    return offset


@pytest.fixture
async def system(
    make_database: Callable[[], str], redis_url: str, tmp_path: Path, offset: Offset, ledger: Ledger
) -> AsyncIterator[System]:
    settings = {**offset.settings, "VIRGA_RETENTION_DAYS": str(KEPT_DAYS)}
    async with System(make_database(), redis_url, tmp_path, ledger, settings) as system:
        yield system


async def family(system: System, target: Target) -> Accepted:
    """Return a run that waits for one that waits for a person."""
    asking = called(node("ask", "interactive_form", title="Well?"), hook("answered", target))
    child = await system.create((asking[0], [edge("t", "ask"), edge("ask", "answered", "submit")]))
    parent = await system.create(chain(calling("c", child), hook("after", target)))
    [run] = await system.execute(parent)
    await system.holds(
        "SELECT count(*) = 2 AND bool_and(lease_owner IS NULL AND NOT ready AND fence > 0) FROM runs"
        " WHERE status NOT IN ('completed', 'failed')"
    )
    return run


async def answer_the_form(system: System) -> None:
    [waiting] = await system.rows("SELECT id FROM runs WHERE status = 'awaiting_ui_interaction'")
    shown = (await system.http.get(f"/workflows/runs/{waiting.id}")).json()
    answer = await system.http.post(shown["interactions"][0]["url"], json={"button": "submit", "values": {}})
    assert answer.status_code == OK, answer.text


async def old_runs(system: System, offset: Offset, workflow: str) -> list[str]:
    """Return runs of each age, all of them over, and let the clock be right from then on. No worker is left."""
    worker = system.programs[-1]
    runs = []
    for age in AGES_DAYS:
        offset.set(-age * DAY_SECONDS, "")
        runs += await system.execute(workflow, EACH)
    assert await system.ended(runs) == {"completed"}
    worker.terminate()
    await asyncio.to_thread(worker.exit_status)
    offset.set(0, "")
    return [run.id for run in runs]


async def is_whole(system: System) -> None:
    assert await system.rows(_MISCOUNTED) == []
    assert await system.rows(_HALF_GONE) == []


async def months(system: System) -> set[str]:
    """Return the months that have a place of their own."""
    rows = await system.rows(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'runs'::regclass"
    )
    return {row.relname for row in rows}


async def test_old_runs_go_while_their_removers_die_and_new_runs_start(
    system: System, offset: Offset, chance: random.Random
) -> None:
    """What is left of an old month that a family lives in goes one by one, another month as a whole."""
    [point] = REMOVAL_POINTS
    async with system.witness() as target:
        workflow = await system.create(links(target, 2))
        await system.worker()
        parent = await family(system, target)
        old = await old_runs(system, offset, workflow)
        for passes in chance.choice(DEATHS):
            crash = f"{point}:{passes}"
            new, doomed = await asyncio.gather(system.execute(workflow, NEW), system.worker(crash=crash))
            await doomed.died(f"kill -9 of worker: {point}")
            await is_whole(system)
        new, _ = await asyncio.gather(system.execute(workflow, NEW), system.worker(crash=f"{point}:{NEVER}"))
        await system.holds("SELECT count(*) = 0 FROM runs WHERE id = ANY(:ids)", ids=old)
        await is_whole(system)
        system.evidence.removed(old)
        assert await system.ended(new) == {"completed"}
        assert (await system.http.get(f"/workflows/runs/{old[0]}")).status_code == UNKNOWN
        await answer_the_form(system)
        await system.verify()
    await is_whole(system)
    assert len(target.by_step[f"{parent.id}::after"]) == 1
    of_family, of_none = (f"runs_{offset.now() - timedelta(days=age):%Y_%m}" for age in AGES_DAYS)
    assert await months(system) & {of_family, of_none} == {of_family}
