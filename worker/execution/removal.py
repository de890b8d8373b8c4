"""Removing what deleted workflows leave behind: live runs are ended, then rows go in batches, oldest deletion first."""

import asyncio

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.clock import Clock
from app.core.ids import IdSource
from app.core.statements import Driver, driver_within
from app.queue.client import Doorbell
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import Echo, RunEnd, ask_to_cancel, end_runs
from app.runs.repository.locks import lock_with_family
from app.runs.states import CANCELLED, TERMINAL, RunStatus

BATCH = 500  # runs a transaction, so that locks are held for milliseconds
RETRY_SECONDS = 2.0  # while owners end their runs, and after the database did not answer

_NEXT = text("""
    SELECT id, org_id FROM workflows WHERE deleted_at IS NOT NULL ORDER BY deleted_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_RUNS = text(f"""
    SELECT id FROM runs WHERE org_id = :org_id AND workflow_id = :id AND status = ANY(:statuses)
    ORDER BY id LIMIT {BATCH}
""")
_DELETE_RUNS = (
    text("DELETE FROM run_logs WHERE run_id = ANY(:ids)"),
    text("DELETE FROM run_waits WHERE run_id = ANY(:ids)"),
    text("DELETE FROM runs WHERE id = ANY(:ids)"),
)
_DELETE_WORKFLOW = (
    text("DELETE FROM workflow_calls WHERE caller_id = :id AND org_id = :org_id"),
    text("DELETE FROM schedule_firings WHERE workflow_id = :id AND org_id = :org_id"),
    text("DELETE FROM workflow_counts WHERE workflow_id = :id AND org_id = :org_id"),
    text("DELETE FROM workflow_versions WHERE workflow_id = :id AND org_id = :org_id"),
    text("DELETE FROM workflows WHERE id = :id AND org_id = :org_id"),
)
_LIVE = [status.value for status in RunStatus if status not in TERMINAL]
_OVER = [status.value for status in TERMINAL]

log = structlog.get_logger()


class Removal:
    """Works through deleted workflows, one transaction a batch; several workers share the work by row locks."""

    def __init__(self, engine: AsyncEngine, doorbell: Doorbell, clock: Clock, ids: IdSource, shard: int) -> None:
        self._engine = engine
        self._doorbell = doorbell
        self._clock = clock
        self._ids = ids
        self._shard = shard

    async def run_forever(self, wanted: asyncio.Event) -> None:
        """Remove whenever `wanted` is set."""
        while True:
            await wanted.wait()
            wanted.clear()
            try:
                pause: float | None = 0.0
                while pause is not None:
                    await asyncio.sleep(pause)
                    pause = await self.remove_some()
            except Exception as error:  # noqa: BLE001 -- looking sees what is left and asks again
                log.warning("removal_failed", error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def remove_some(self) -> float | None:
        """Do one batch. Returns the pause before the next, None when nothing is left to do."""
        async with self._engine.begin() as connection:
            workflow = (await connection.execute(_NEXT)).one_or_none()
            if workflow is None:
                return None
            live = await self._runs(connection, workflow, _LIVE)
            if live:
                echo = await self._end(driver_within(connection), live)
            else:
                await self._delete_batch(connection, workflow)
                return 0.0
        await self._doorbell.ring(echo.rings)
        for worker_id, run_id in echo.notices:
            await self._doorbell.tell(worker_id, run_id)
        return RETRY_SECONDS if echo.notices else 0.0

    async def _end(self, driver: Driver, run_ids: list[str]) -> Echo:
        locked = await lock_with_family(driver, run_ids)
        live = [locked[run_id] for run_id in run_ids if run_id in locked and locked[run_id].is_live]
        scribe = Scribe(self._clock.now(), self._ids, self._shard)
        echo = await ask_to_cancel(driver, [run.id for run in live if run.lease_owner is not None], scribe.now)
        ends = [RunEnd(run.id, RunStatus.FAILED, CANCELLED) for run in live if run.lease_owner is None]
        echo.add(await end_runs(driver, ends, locked, scribe))
        return echo

    async def _delete_batch(self, connection: AsyncConnection, workflow: Row[tuple[str, str]]) -> None:
        over = await self._runs(connection, workflow, _OVER)
        for statement in _DELETE_RUNS if over else ():
            await connection.execute(statement, {"ids": over})
        if len(over) < BATCH:
            for statement in _DELETE_WORKFLOW:
                await connection.execute(statement, {"id": workflow.id, "org_id": workflow.org_id})

    async def _runs(
        self, connection: AsyncConnection, workflow: Row[tuple[str, str]], statuses: list[str]
    ) -> list[str]:
        parameters = {"id": workflow.id, "org_id": workflow.org_id, "statuses": statuses}
        return list((await connection.execute(_RUNS, parameters)).scalars())
