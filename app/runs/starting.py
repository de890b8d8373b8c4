"""Starting a run for a request: a look at the workflow, then a place in the next group commit of new runs.

A request with an `Idempotency-Key` commits its run by itself, together with the key.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel

from app.core.clock import Clock
from app.core.db import Engine
from app.core.json import JsonObject, dumps
from app.core.statements import autocommitted
from app.http.errors import BodyTooLargeError
from app.http.idempotency.once import Once, Purpose
from app.queue.client import Doorbell
from app.runs.errors import WorkflowInactiveError, WrongTriggerError
from app.runs.repository.starts import AcceptedRun, RunStart, RunStarter
from app.runs.schemas import WorkflowRun
from app.runs.triggers import check_input, payload_by_hand, trigger_of, trigger_type_of
from app.runs.views import shown_accepted
from app.unit_of_work import UnitOfWork, unit_of_work
from app.workflows.errors import WorkflowNotFoundError
from app.workflows.repository import Startable, find_startable

AWAITED_PRIORITY = 1  # of runs whose callers wait

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Starting:
    """Starts runs; not part of the request's transaction, which would keep many requests from sharing a commit."""

    engine: Engine
    lookups: Engine
    doorbell: Doorbell
    starter: RunStarter
    payload_bytes: int
    clock: Clock
    work: UnitOfWork | None = None  # the transaction that runs are accepted in; None: one shared with other runs

    async def by_hand(
        self, org_id: str, workflow_id: str, context: JsonObject, started_by: str, once: Once
    ) -> WorkflowRun:
        """Start a workflow whatever its trigger listens to.

        Raises `WorkflowNotFoundError`, `WorkflowInactiveError`, `WrongTriggerError`, `BodyTooLargeError`,
        `InputInvalidError` for a context that the trigger's `input_schema` does not allow, and what `Once.answer`
        raises.
        """
        workflow = await self._existing(org_id, workflow_id)

        async def start(starting: Starting) -> WorkflowRun:
            payload = payload_by_hand(workflow, context, self.clock.now())
            await check_input(workflow, context, "context")
            return shown_accepted(await starting.start(org_id, workflow, payload, started_by), payload)

        return await self.once(org_id, once, Purpose("execute", workflow_id), WorkflowRun, start)

    async def awaited(
        self, org_id: str, workflow_id: str, payload: JsonObject, started_by: str, run_id: str
    ) -> AcceptedRun:
        """Start a workflow whose caller waits, as the run `run_id`, ahead of others.

        Raises what `by_hand` raises, but nothing of keys.
        """
        workflow = await self._existing(org_id, workflow_id)
        if not trigger_of(workflow).is_awaited:
            raise WrongTriggerError(workflow.trigger_component)
        await check_input(workflow, payload, "")
        start = self._start_of(org_id, workflow, {"payload": payload}, started_by)
        return await self.starter.start(replace(start, priority=AWAITED_PRIORITY), run_id)

    async def once(
        self,
        org_id: str,
        once: Once,
        purpose: Purpose,
        kind: type[Answer],
        start: "Callable[[Starting], Awaitable[Answer]]",
    ) -> Answer:
        """Return what `start` answers. With a key, it is handed a Starting whose runs share the key's transaction.

        `start` must not open a transaction of its own: many requests at once would wait for each other's connections.
        Raises what `Once.answer` raises.
        """
        if once.keyed is None:
            return await start(self)
        async with unit_of_work(self.engine, self.doorbell, org_id) as work:
            within = replace(self, work=work)
            return await once.answer(work, purpose, kind, lambda: start(within))

    async def find(self, org_id: str, workflow_id: str) -> Startable | None:
        async with autocommitted(self.lookups) as driver:
            return await find_startable(driver, org_id, workflow_id)

    async def start(self, org_id: str, workflow: Startable, payload: JsonObject, started_by: str) -> AcceptedRun:
        """Return once the run is durable, or, where it shares `work`, inserted.

        Raises `WorkflowInactiveError`, `BodyTooLargeError`.
        """
        start = self._start_of(org_id, workflow, payload, started_by)
        if self.work is None:
            return await self.starter.start(start)
        return await self.starter.start_within(self.work, start)

    async def _existing(self, org_id: str, workflow_id: str) -> Startable:
        workflow = await self.find(org_id, workflow_id)
        if workflow is None:
            raise WorkflowNotFoundError(workflow_id)
        return workflow

    def _start_of(self, org_id: str, workflow: Startable, payload: JsonObject, started_by: str) -> RunStart:
        if not workflow.is_active:
            raise WorkflowInactiveError
        text = dumps(payload)
        if len(text.encode()) > self.payload_bytes:
            raise BodyTooLargeError(f"What the trigger would get is larger than {self.payload_bytes} bytes.")
        return RunStart(org_id, workflow.id, workflow.version, trigger_type_of(workflow), text, started_by)
