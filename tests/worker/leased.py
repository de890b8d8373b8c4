"""Runs that a test holds itself, and a journal to write them with."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.graph.settle import StepStatus
from app.queue.client import Doorbell
from tests.worker.world import World, chain, text
from worker.execution.journal import Journal
from worker.execution.steps import StepRow, WaitRow

ME = "wrk_me"


def journal_of(world: World, database: AsyncEngine | None = None, doorbell: Doorbell | None = None) -> Journal:
    journal = Journal(database or world.database, doorbell or world.doorbell, world.clock, world.ids, shard=0)
    journal.worker_id = ME
    return journal


async def leased_runs(world: World, count: int = 1, owner: str = ME) -> list[str]:
    """Return runs of one workflow that `owner` has claimed once."""
    workflow = await world.add_workflow(*chain(text("a", "x")))
    runs = [await world.start_unrung(workflow) for _ in range(count)]
    await world.execute(
        "UPDATE runs SET ready = false, due_at = NULL, status = 'running', fence = 1, lease_owner = :owner,"
        " claimed_at = created_at WHERE id = ANY(:ids)",
        ids=runs,
        owner=owner,
    )
    return runs


def step(world: World, run: str, node_id: str = "a", *, seq: int = 1, fence: int = 1, output: str = "{}") -> StepRow:
    now = world.clock.now()
    return StepRow(
        id=world.ids.new("fl_log_"),
        run_id=run,
        org_id="org-a",
        workflow_id="fl_x",
        seq=seq,
        path="",
        node_id=node_id,
        component_id="text_transform",
        attempt=1,
        status=StepStatus.SUCCESS,
        output=output,
        handle="default",
        fence=fence,
        started_at=now,
        duration_ms=0,
        created_at=now,
    )


def wait(world: World, run: str, node_id: str = "d", *, seconds: float = 60) -> WaitRow:
    due_at = world.clock.now() + timedelta(seconds=seconds)
    return WaitRow(
        run_id=run,
        org_id="org-a",
        path="",
        node_id=node_id,
        component_id="delay",
        attempt=1,
        kind="delay",
        due_at=due_at,
    )


async def recorded(world: World, runs: Sequence[str]) -> dict[str, list[str]]:
    """Return the nodes that are recorded of each run, in order."""
    return {run: [node_id for node_id, _ in await world.steps(run)] for run in runs}


async def somebody_waits_for_a_lock(world: World) -> None:
    """Wait until a statement in this database does."""
    waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    await world.holds(f"{waiting} AND datname = current_database()")
