"""Running again what ran before, from its start: the same payload, in a transaction with the audit's entry."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from app.audit.service import AuditTrail, Resource
from app.core.json import dumps
from app.http.idempotency.once import Once, Purpose
from app.runs.errors import RunNotFoundError, WorkflowInactiveError, WrongTriggerError
from app.runs.repository.reads import RunFound, RunReads
from app.runs.repository.starts import AcceptedRun, RunStart, RunStarter
from app.runs.schemas import RunRepeated
from app.runs.triggers import takes
from app.runs.views import shown_accepted
from app.unit_of_work import UnitOfWork
from app.workflows.repository import Startable, WorkflowRepository, find_startable

WhichDefinition = Literal["current", "original"]


@dataclass(frozen=True, slots=True)
class OldRun:
    """A run that is to be repeated, and its workflow as it is now."""

    found: RunFound
    workflow: Startable

    def version(self, definition: WhichDefinition) -> int:
        """Return the version to run. Raises `WrongTriggerError` where its trigger has no use for the run's payload."""
        row = self.found.row
        if definition == "original":
            return row.workflow_version
        if not takes(self.workflow, row.trigger_type):
            raise WrongTriggerError(self.workflow.trigger_component)
        return self.workflow.version


@dataclass(frozen=True, slots=True)
class Repeats:
    """What starting from an old run takes, whether from its start or behind one of its nodes."""

    work: UnitOfWork
    reads: RunReads
    workflows: WorkflowRepository
    starter: RunStarter
    trail: AuditTrail

    async def find(self, run_id: str) -> OldRun:
        """Return a run of a workflow that exists. Raises `RunNotFoundError`."""
        found = await self.reads.find(run_id)
        workflow = (
            await find_startable(await self.work.driver(), self.work.org_id, found.row.workflow_id) if found else None
        )
        if found is None or workflow is None:
            raise RunNotFoundError(run_id)
        return OldRun(found, workflow)

    async def start(self, old: OldRun, version: int, resumed_node_id: str | None = None) -> AcceptedRun:
        """Accept the new run. Whoever began the old one, this one is the caller's."""
        row = old.found.row
        start = RunStart(
            self.work.org_id,
            row.workflow_id,
            version,
            row.trigger_type,
            dumps(old.found.trigger_payload),
            self.trail.caller.subject,
            origin_run_id=row.id,
            resumed_node_id=resumed_node_id,
        )
        return await self.starter.start_within(self.work, start)

    def answer(self, old: OldRun, run: AcceptedRun, action: str, message: str) -> RunRepeated:
        """Note in the audit log what was done to the old run, and show what came of it."""
        self.trail.record(action, Resource("run", old.found.row.id), after={"new_run": run.id})
        return RunRepeated(message=message, new_run=shown_accepted(run, old.found.trigger_payload))


@dataclass(frozen=True, slots=True)
class Rerunning:
    """Runs again from the start."""

    repeats: Repeats
    once: Once

    async def rerun(self, run_id: str, definition: WhichDefinition) -> RunRepeated:
        """Start a run with the payload of an old one, whatever has become of that.

        Raises `RunNotFoundError`, `WorkflowInactiveError`, `WrongTriggerError`, and what `Once.answer` raises.
        """
        purpose = Purpose("rerun", run_id)
        act = partial(self._rerun, run_id, definition)
        return await self.once.answer(self.repeats.work, purpose, RunRepeated, act)

    async def _rerun(self, run_id: str, definition: WhichDefinition) -> RunRepeated:
        old = await self.repeats.find(run_id)
        if not old.workflow.is_active:
            raise WorkflowInactiveError
        run = await self.repeats.start(old, old.version(definition))
        message = f"The run was started again, by version {run.start.workflow_version} of the workflow."
        return self.repeats.answer(old, run, "run.rerun", message)
