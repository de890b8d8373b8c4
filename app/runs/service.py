"""Reading runs, cancelling them, and deleting a workflow with all of its runs."""

from dataclasses import dataclass
from urllib.parse import quote

from app.audit.service import AuditTrail, Resource
from app.http.pagination import PageRequest
from app.runs.errors import RunFinishedError, RunNotFoundError
from app.runs.form_tokens import FormTokens
from app.runs.repository.cancels import ask_all_to_cancel, cancel_run
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import Echo
from app.runs.repository.reads import Listing, RunFound, RunReads
from app.runs.schemas import RunPage, WorkflowRun
from app.runs.views import shown_page, shown_run
from app.unit_of_work import UnitOfWork
from app.workflows.call_graph import CallGraph
from app.workflows.calls import in_words
from app.workflows.errors import WorkflowInUseError, WorkflowNotFoundError
from app.workflows.repository import WorkflowRepository


@dataclass(frozen=True, slots=True)
class RunService:
    """What one request does with runs, inside its transaction."""

    work: UnitOfWork
    reads: RunReads
    workflows: WorkflowRepository
    calls: CallGraph
    scribe: Scribe
    trail: AuditTrail
    tokens: FormTokens
    public_url: str

    async def page(self, listing: Listing, asked: PageRequest) -> RunPage:
        """Return one page of a workflow's runs. Raises `WorkflowNotFoundError`."""
        if not await self.workflows.exists(listing.workflow_id):
            raise WorkflowNotFoundError(listing.workflow_id)
        total = await self.reads.total(listing)
        one_more = 0 if listing.before is None else 1  # what numbered pages have a total for
        rows = await self.reads.page(listing, skip=asked.offset, take=asked.per_page + one_more)
        path = f"{self.public_url}/workflows/{quote(listing.workflow_id, safe='')}/executions"
        return shown_page(rows, total, listing, asked, path)

    async def find(self, run_id: str) -> RunFound:
        """Return a run of a workflow that exists. Raises `RunNotFoundError`."""
        found = await self.reads.find(run_id)
        if found is None:
            raise RunNotFoundError(run_id)
        return found

    async def with_logs(self, found: RunFound, after_seq: int = 0) -> WorkflowRun:
        """Return a run with its logs past `after_seq`."""
        news = found.last_seq > after_seq
        return shown_run(found, await self.reads.logs(found.row.id, after_seq) if news else [], self.tokens)

    async def cancel(self, run_id: str) -> WorkflowRun:
        """End a run that nobody holds, ask the owner of another. Raises `RunNotFoundError`, `RunFinishedError`."""
        await self.find(run_id)
        run, echo = await cancel_run(await self.work.driver(), run_id, self.scribe)
        if run is not None and not run.is_live:
            raise RunFinishedError(run_id, run.status)
        self._say(echo)
        self.trail.record("run.cancel", Resource("run", run_id))
        return await self.with_logs(await self.find(run_id))

    async def delete_workflow(self, workflow_id: str) -> None:
        """Make a workflow and its runs disappear; their rows go in the background.

        Raises `WorkflowNotFoundError`, and `WorkflowInUseError` while other workflows call it.
        """
        await self.calls.hold()
        callers = await self.calls.callers_of(workflow_id)
        if callers:
            raise WorkflowInUseError(in_words(callers))
        if not await self.workflows.mark_deleted(workflow_id, self.scribe.now):
            raise WorkflowNotFoundError(workflow_id)
        self.trail.record("workflow.delete", Resource("workflow", workflow_id))
        driver = await self.work.driver()
        self._say(await ask_all_to_cancel(driver, self.work.org_id, workflow_id, self.scribe.now))
        self.work.remove(workflow_id)

    def _say(self, echo: Echo) -> None:
        for run_id in echo.rings:
            self.work.ring(run_id)
        for worker_id, run_id in echo.notices:
            self.work.tell(worker_id, run_id)
        for run_id in echo.ended:
            self.work.note_end(run_id)
