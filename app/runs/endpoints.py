"""Routes of runs: start, list, read, cancel; and deleting a workflow, which ends its runs."""

from fastapi import APIRouter, status

from app.http.pagination import PageParameters
from app.http.requests import JsonRoute
from app.runs.deps import Executor, ListingDep, RunId, Runs, SeenSeq, StartingDep, UnseenRun
from app.runs.schemas import RunCreate, RunPage, WorkflowRun
from app.workflows.deps import Reader, WorkflowId, Writer

router = APIRouter(prefix="/workflows", route_class=JsonRoute)

WORKFLOW = "/{workflowId:workflow_id}"
RUN = "/runs/{runId}"
RUNS = "Workflow Runs"


@router.delete(
    WORKFLOW,
    status_code=status.HTTP_204_NO_CONTENT,
    tags=["Workflows"],
    summary="Delete a workflow",
)
async def delete_workflow(_: Writer, runs: Runs, workflow_id: WorkflowId) -> None:
    """Delete a workflow, its runs, logs and webhook. They are gone at once; what is under way is cancelled."""
    await runs.delete_workflow(workflow_id)


@router.post(
    f"{WORKFLOW}/execute",
    status_code=status.HTTP_202_ACCEPTED,
    tags=[RUNS],
    summary="Execute a workflow",
)
async def execute_workflow(
    caller: Executor, starting: StartingDep, workflow_id: WorkflowId, body: RunCreate | None = None
) -> WorkflowRun:
    """Start a run in the background. Once this has answered, the run is not lost, whatever happens to the server."""
    context = (body or RunCreate()).context
    return await starting.by_hand(caller.org_id, workflow_id, context, caller.subject)


@router.get(f"{WORKFLOW}/executions", tags=[RUNS], summary="List executions")
async def list_executions(_: Reader, runs: Runs, listing: ListingDep, asked: PageParameters) -> RunPage:
    """Return runs of the workflow, newest first, without logs and trigger payloads."""
    return await runs.page(listing, asked)


@router.get(RUN, tags=[RUNS], summary="Get a run")
async def get_run(_: Reader, run: UnseenRun, runs: Runs, seen: SeenSeq) -> WorkflowRun:
    """Return one run with its logs, in order. To follow a run, send the `ETag` back as `If-None-Match`."""
    return await runs.with_logs(run, seen)


@router.post(
    f"{RUN}/cancel",
    status_code=status.HTTP_202_ACCEPTED,
    tags=[RUNS],
    summary="Cancel a run",
)
async def cancel_run(_: Executor, runs: Runs, run_id: RunId) -> WorkflowRun:
    """End a run as `failed` with the message "Cancelled": at once, or where a worker has it, within moments."""
    return await runs.cancel(run_id)
