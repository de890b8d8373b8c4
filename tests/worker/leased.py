"""Runs that a test holds itself, and a journal to write them with."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.crypto import Keyring
from app.graph.settle import StepStatus
from app.queue.client import Doorbell
from tests.worker.world import VAULT_KEYS, RunningWorker, World, chain, text, until
from worker.adapters.secrets import SecretOpener
from worker.execution.claim import Claimer
from worker.execution.definitions import Definitions
from worker.execution.journal import Journal
from worker.execution.looking import View
from worker.execution.steps import StepRow, WaitRow
from worker.execution.vault import Vault

ME = "wrk_me"


def journal_of(world: World, database: AsyncEngine | None = None, doorbell: Doorbell | None = None) -> Journal:
    journal = Journal(database or world.database, doorbell or world.doorbell, world.clock, world.ids, shard=0)
    journal.worker_id = ME
    return journal


def vault_of(world: World) -> Vault:
    return Vault(world.database, world.clock, SecretOpener(Keyring.parse(VAULT_KEYS)))


def claimer_of(world: World) -> Claimer:
    return Claimer(world.database, world.clock, world.ids, Definitions(), vault_of(world))


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


@asynccontextmanager
async def unlooked(worker: RunningWorker) -> AsyncIterator[None]:
    """Keep a worker from looking: of what the block does, it sees the end only."""
    looker = worker.parts.presence._senses.looker
    look = looker.look
    asked, let = asyncio.Event(), asyncio.Event()

    async def look_later(worker_id: str) -> View:
        asked.set()
        await let.wait()
        return await look(worker_id)

    def waits_to_look() -> bool:
        worker.parts.presence.look_soon()
        return asked.is_set()

    looker.look = look_later  # type: ignore[method-assign] # for the length of the block
    try:
        await until(waits_to_look)
        yield
    finally:
        looker.look = look  # type: ignore[method-assign] # what it was
        let.set()


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
