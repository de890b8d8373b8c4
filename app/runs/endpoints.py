"""Routes of runs: start, list, read, cancel; and deleting a workflow, which ends its runs."""

from typing import Annotated

from fastapi import APIRouter, Body, status

from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.pagination import PageParameters
from app.http.requests import JsonRoute
from app.runs import examples
from app.runs.deps import Executor, ListingDep, RunId, Runs, SeenSeq, StartingDep, UnseenRun
from app.runs.schemas import RunCreate, RunPage, WorkflowRun
from app.workflows import examples as of_workflows
from app.workflows.deps import Reader, WorkflowId, Writer

WORKFLOW = "/{workflowId:workflow_id}"
RUN = "/runs/{runId}"
RUNS = "Workflow Runs"

router = APIRouter(prefix="/workflows", route_class=JsonRoute)


@router.delete(
    WORKFLOW,
    status_code=status.HTTP_204_NO_CONTENT,
    tags=["Workflows"],
    summary="Delete a workflow and its runs",
    responses=documented(of_workflows.NOT_FOUND),
)
async def delete_workflow(_: Writer, runs: Runs, workflow_id: WorkflowId) -> None:
    """Delete a workflow, its runs, logs and webhook. They are gone at once; what is under way is cancelled."""
    await runs.delete_workflow(workflow_id)


@router.post(
    f"{WORKFLOW}/execute",
    status_code=status.HTTP_202_ACCEPTED,
    tags=[RUNS],
    summary="Start a run",
    responses={
        202: answered("The run, which goes on in the background.", examples.ACCEPTED),
        **documented(of_workflows.NOT_FOUND, examples.INACTIVE, examples.WRONG_TRIGGER),
    },
)
async def execute_workflow(
    caller: Executor,
    starting: StartingDep,
    workflow_id: WorkflowId,
    body: Annotated[RunCreate | None, Body(examples=[examples.CONTEXT])] = None,
) -> WorkflowRun:
    """Start a run in the background. Once this has answered, the run is not lost, whatever happens to the server."""
    context = (body or RunCreate()).context
    return await starting.by_hand(caller.org_id, workflow_id, context, caller.subject)


@router.get(
    f"{WORKFLOW}/executions",
    tags=[RUNS],
    summary="List a workflow's runs",
    responses={200: answered("One page of runs.", examples.PAGE), **documented(of_workflows.NOT_FOUND)},
)
async def list_executions(_: Reader, runs: Runs, listing: ListingDep, asked: PageParameters) -> RunPage:
    """Return runs of the workflow, newest first, without logs and trigger payloads.

    Numbered pages reach some way down; `before` with the id of the last run that you have goes on from there.
    """
    return await runs.page(listing, asked)


@router.get(
    RUN,
    tags=[RUNS],
    summary="Read a run",
    responses={
        200: answered("The run.", examples.COMPLETED, tagged=True),
        304: {"description": "The run is as `If-None-Match` says."},
        **documented(examples.RUN_NOT_FOUND),
    },
)
async def get_run(_: Reader, run: UnseenRun, runs: Runs, seen: SeenSeq) -> WorkflowRun:
    """Return one run with its logs, in order. To follow a run, send the `ETag` back as `If-None-Match`."""
    return await runs.with_logs(run, seen)


@router.post(
    f"{RUN}/cancel",
    status_code=status.HTTP_202_ACCEPTED,
    tags=[RUNS],
    summary="Cancel a run",
    responses={
        202: answered("The run as it is now.", examples.CANCELLED),
        **documented(examples.RUN_NOT_FOUND, examples.FINISHED),
    },
)
async def cancel_run(_: Executor, runs: Runs, run_id: RunId) -> WorkflowRun:
    """End a run as `failed` with the message "Cancelled": at once, or where a worker has it, within moments."""
    return await runs.cancel(run_id)
