"""Routes of runs: start, list, read, repeat, resume, cancel; and deleting a workflow, which ends its runs."""

from typing import Annotated

from fastapi import APIRouter, Body, Response, status

from app.http.idempotency.deps import OnceDep
from app.http.idempotency.errors import IDEMPOTENCY_REFUSALS
from app.http.links import links
from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.pagination import PageParameters
from app.http.requests import JsonRoute
from app.runs import examples
from app.runs.deps import (
    EVENT_STREAM,
    DefinitionAsked,
    EventStream,
    Executor,
    ListingDep,
    NodeId,
    RerunningDep,
    ResumingDep,
    RunId,
    RunReader,
    Runs,
    SeenSeq,
    Starter,
    StartingDep,
    UnseenRun,
)
from app.runs.schemas import RunCreate, RunPage, RunRepeated, WorkflowRun
from app.workflows import examples as of_workflows
from app.workflows.deps import WorkflowId, Writer

WORKFLOW = "/{workflowId:workflow_id}"
RUN = "/runs/{runId}"
RUNS = "Workflow Runs"
_EVENT = {
    "type": "object",
    "properties": {
        "event": {"enum": ["log", "status"]},
        "id": {"type": "string", "description": "With a log: its `seq`."},
        "data": {"type": "string", "description": "A log, or the run without its logs; JSON."},
    },
    "required": ["event", "data"],
}
_WITH_IT = links("runId", "get_run", "follow_run", "cancel_run", "rerun_run", "resume_run")

router = APIRouter(prefix="/workflows", route_class=JsonRoute)


@router.delete(
    WORKFLOW,
    status_code=status.HTTP_204_NO_CONTENT,
    tags=["Workflows"],
    summary="Delete a workflow and its runs",
    responses=documented(of_workflows.NOT_FOUND, of_workflows.IN_USE),
)
async def delete_workflow(_: Writer, runs: Runs, workflow_id: WorkflowId) -> None:
    """Delete a workflow, its runs, logs and webhook. They are gone at once; what is under way is cancelled.

    A workflow that others name as one that they call stays, as long as they do.
    """
    await runs.delete_workflow(workflow_id)


@router.post(
    f"{WORKFLOW}/execute",
    status_code=status.HTTP_202_ACCEPTED,
    tags=[RUNS],
    summary="Start a run",
    responses={
        202: answered("The run, which goes on in the background.", examples.ACCEPTED, replayed=True, links=_WITH_IT),
        **documented(of_workflows.NOT_FOUND, examples.INACTIVE, examples.WRONG_TRIGGER, *IDEMPOTENCY_REFUSALS),
    },
)
async def execute_workflow(
    caller: Starter,
    starting: StartingDep,
    once: OnceDep,
    workflow_id: WorkflowId,
    body: Annotated[RunCreate | None, Body(examples=[examples.CONTEXT])] = None,
) -> WorkflowRun:
    """Start a run in the background. Once this has answered, the run is not lost, whatever happens to the server.

    Workflows that listen to webhooks or events, or that other workflows call, get the context as their payload, which
    must fit the trigger's `input_schema`, if it has one.
    """
    context = (body or RunCreate()).context
    return await starting.by_hand(caller.org_id, workflow_id, context, caller.subject, once)


@router.get(
    f"{WORKFLOW}/executions",
    tags=[RUNS],
    summary="List a workflow's runs",
    responses={200: answered("One page of runs.", examples.PAGE), **documented(of_workflows.NOT_FOUND)},
)
async def list_executions(_: RunReader, runs: Runs, listing: ListingDep, asked: PageParameters) -> RunPage:
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
async def get_run(_: RunReader, run: UnseenRun, runs: Runs, seen: SeenSeq) -> WorkflowRun:
    """Return one run with its logs, in order. To follow a run, send the `ETag` back as `If-None-Match`."""
    return await runs.with_logs(run, seen)


@router.get(
    f"{RUN}/events",
    tags=[RUNS],
    summary="Follow a run",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events: `log` with a log, whose `seq` is the event's id, and `status` with the"
            " run. The stream ends with the run, or with the token.",
            "content": {EVENT_STREAM: {"schema": _EVENT, "example": examples.EVENTS}},
        },
        204: {"description": "The run has ended, and `Last-Event-ID` is its last log."},
        **documented(examples.RUN_NOT_FOUND),
    },
)
async def follow_run(_: RunReader, stream: EventStream) -> Response:
    """Send each log and each change of the run's status as it is committed, beginning with what there is already.

    A client that lost the connection goes on where it was by the header `Last-Event-ID`.
    """
    return stream


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


@router.post(
    f"{RUN}/rerun",
    status_code=status.HTTP_202_ACCEPTED,
    tags=[RUNS],
    summary="Run again from the start",
    responses={
        202: answered("The new run.", examples.RERUN, replayed=True, links=_WITH_IT),
        **documented(examples.RUN_NOT_FOUND, examples.INACTIVE, examples.WRONG_TRIGGER, *IDEMPOTENCY_REFUSALS),
    },
)
async def rerun_run(
    _: Executor, rerunning: RerunningDep, run_id: RunId, definition: DefinitionAsked = "current"
) -> RunRepeated:
    """Start a new run with what the old one's trigger was given. The old run may be in any state and stays as it is."""
    return await rerunning.rerun(run_id, definition)


@router.post(
    f"{RUN}/resume-from/{{nodeId:path}}",
    status_code=status.HTTP_202_ACCEPTED,
    tags=[RUNS],
    summary="Go on behind a node of a failed run",
    responses={
        202: answered("The new run.", examples.RESUMED, replayed=True, links=_WITH_IT),
        **documented(
            examples.RUN_NOT_FOUND,
            examples.NODE_NOT_FOUND,
            examples.NOT_FAILED,
            examples.WRONG_TRIGGER,
            examples.NOT_RESUMABLE,
            *IDEMPOTENCY_REFUSALS,
        ),
    },
)
async def resume_run(
    _: Executor, resuming: ResumingDep, run_id: RunId, node_id: NodeId, definition: DefinitionAsked = "current"
) -> RunRepeated:
    """Start a new run that takes over what the failed one had done before and at this node, and does the rest anew.

    Taken over are steps that succeeded, or whose failure was handled, and that nothing which runs anew leads to: their
    logs are copied, marked `inherited`. Nodes whose id or component has changed run anew. The workflow may be inactive.
    """
    return await resuming.resume(run_id, node_id, definition)
