"""Which run a calling step starts: the workflow that it names is looked up, and what it gives is checked, just before.

The look-up lies outside the step's time, since a database that is away must not fail the step.
"""

import asyncio
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.config import LimitSettings
from app.core.errors import VirgaError
from app.core.ids import RUN, IdSource
from app.core.json import JsonObject, dumps
from app.core.statements import autocommitted
from app.graph.errors import PermanentError
from app.graph.outcome import Call, Failure
from app.runs.repository.children import ChildRun
from app.runs.repository.starts import AcceptedRun, RunStart
from app.runs.triggers import check_input, payload_by_hand, trigger_type_of
from app.workflows.callable import CALLABLE, CALLABLE_TRIGGERS
from app.workflows.repository import Startable, find_startable
from worker.execution.claimed import Claimed
from worker.execution.sizes import in_words, size_of

RETRY_SECONDS = 0.5  # after the database did not answer
LONGEST_ID = 255  # of what can be looked up at all

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Callees:
    """Prepares the runs that steps start. Nothing is started here."""

    engine: AsyncEngine
    clock: Clock
    ids: IdSource
    limits: LimitSettings

    async def child_of(self, caller: Claimed, call: Call) -> ChildRun | Failure:
        """Return the run, of the workflow as it is now, or why there can be none, in a sentence."""
        try:
            return await self._child(caller, call)
        except (PermanentError, VirgaError) as error:
            return Failure(error.message)

    async def _child(self, caller: Claimed, call: Call) -> ChildRun:
        depth = caller.depth + 1
        if depth > self.limits.call_depth:
            raise PermanentError(
                f"Workflows call each other at most {self.limits.call_depth} deep, and this run is that deep already."
            )
        workflow = await self._callable(caller.org_id, call.workflow_id)
        payload = self._written(payload_by_hand(workflow, call.payload, self.clock.now()))
        await check_input(workflow, call.payload, "payload")
        kind = trigger_type_of(workflow)
        start = RunStart(caller.org_id, workflow.id, workflow.version, kind, payload, started_by=caller.id)
        run = AcceptedRun(self.ids.new(RUN), start, self.clock.now())
        return ChildRun(run, caller.id, depth, is_awaited=call.waits)

    async def _callable(self, org_id: str, workflow_id: str) -> Startable:
        if not (workflow_id.isascii() and workflow_id.isprintable() and len(workflow_id) <= LONGEST_ID):
            raise PermanentError('"workflow_id" came to a text that cannot be the id of a workflow.')
        workflow = await self._find(org_id, workflow_id)
        if workflow is None:
            raise PermanentError(f'There is no workflow "{workflow_id}" to call.')
        if workflow.trigger_component not in CALLABLE_TRIGGERS:
            raise PermanentError(
                f'The workflow "{workflow_id}" begins with {workflow.trigger_component}; only one that begins with'
                f" {CALLABLE} can be called."
            )
        if not workflow.is_active:
            raise PermanentError(f'The workflow "{workflow_id}" is not active, so it cannot be called.')
        return workflow

    async def _find(self, org_id: str, workflow_id: str) -> Startable | None:
        """Look it up by its id. It does not give up: a step waits for it."""
        while True:
            try:
                async with autocommitted(self.engine) as driver:
                    return await find_startable(driver, org_id, workflow_id)
            except Exception as error:  # noqa: BLE001 -- the database is away, which must not fail a step
                log.warning("workflow_unread", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    def _written(self, payload: JsonObject) -> str:
        try:
            text = dumps(payload)
        except TypeError as error:
            reason = "an integer needs more than 64 bits" if "64-bit" in str(error) else "it is not JSON"
            raise PermanentError(f"The payload cannot be handed on: {reason}.") from None
        if size_of(text) > self.limits.payload_bytes:
            limit = in_words(self.limits.payload_bytes)
            raise PermanentError(f"The payload is larger than {limit}, the limit of what a trigger gets.")
        return text
