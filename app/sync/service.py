"""Starting a run and waiting for its answer: by a worker's note, or else by looking at the row now and then."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog

from app.core.db import Engine, is_outage
from app.core.ids import RUN, IdSource
from app.core.json import JsonObject
from app.core.statements import autocommitted
from app.queue.jobs import end_of
from app.queue.notes import Hub
from app.runs.starting import Starting
from app.runs.states import RunStatus
from app.sync.errors import SyncTimeoutError, WorkflowFailedError
from app.sync.repository import Ended, find_end
from app.sync.schemas import SyncAnswer

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SyncService:
    """Calls workflows for callers who wait. A run goes on when nobody waits any longer."""

    lookups: Engine
    starting: Starting
    hub: Hub
    ids: IdSource
    seconds: float

    async def call(self, org_id: str, workflow_id: str, payload: JsonObject, started_by: str) -> SyncAnswer:
        """Return what the responding step says.

        Raises what `Starting.awaited` raises, `WorkflowFailedError` for a run that fails, and `SyncTimeoutError` after
        `seconds`.
        """
        run_id = self.ids.new(RUN)
        with self.hub.listening(end_of(run_id)) as noted:
            await self.starting.awaited(org_id, workflow_id, payload, started_by, run_id)
            try:
                async with asyncio.timeout(self.seconds):
                    ended = await self._end(org_id, run_id, noted)
            except TimeoutError:
                raise SyncTimeoutError(run_id, self.seconds) from None
        return _answer_of(run_id, ended)

    async def _end(self, org_id: str, run_id: str, noted: asyncio.Event) -> Ended:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.hub.pace_seconds):
                    await noted.wait()
            noted.clear()
            ended = await self._find(org_id, run_id)
            if ended is not None:
                return ended

    async def _find(self, org_id: str, run_id: str) -> Ended | None:
        try:
            async with autocommitted(self.lookups) as driver:
                return await find_end(driver, org_id, run_id)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("answer_unread", run_id=run_id, error=type(error).__name__)
            return None  # the run goes on, and so does the caller's patience


def _answer_of(run_id: str, ended: Ended) -> SyncAnswer:
    if ended.status != RunStatus.COMPLETED:
        raise WorkflowFailedError(run_id, ended.error_message or "it was not said why.")
    return SyncAnswer.model_validate({"run_id": run_id, **(ended.answer or {})})
