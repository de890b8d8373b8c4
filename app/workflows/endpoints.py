"""Routes of workflows: list, create, validate, read, change, replace the webhook URL."""

from typing import Annotated

from fastapi import APIRouter, Body, Response, status

from app.http.etags import quoted
from app.http.links import links
from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute
from app.workflows import examples
from app.workflows.deps import Expected, Reader, WorkflowId, Workflows, Writer
from app.workflows.schemas import (
    Workflow,
    WorkflowCreate,
    WorkflowDraft,
    WorkflowSummary,
    WorkflowUpdate,
    WorkflowVerdict,
)

WORKFLOW = "/{workflowId:workflow_id}"
_WITH_IT = links(
    "workflowId",
    "get_workflow",
    "update_workflow",
    "delete_workflow",
    "execute_workflow",
    "call_workflow",
    "rotate_webhook_token",
    "list_executions",
    "list_logs",
    "get_log_statistics",
    "list_versions",
)

router = APIRouter(prefix="/workflows", tags=["Workflows"], route_class=JsonRoute)


@router.get(
    "",
    summary="List all workflows",
    responses={200: answered("The workflows.", [examples.GREETING_SUMMARY])},
)
async def list_workflows(_: Reader, workflows: Workflows) -> list[WorkflowSummary]:
    """Return every workflow of your organization, newest first, without nodes and edges."""
    return await workflows.summaries()


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Save a new workflow",
    responses={
        201: answered("The workflow as it was saved.", examples.GREETING_SAVED, tagged=True, links=_WITH_IT),
        **documented(examples.GRAPH_INVALID),
    },
)
async def create_workflow(
    caller: Writer,
    workflows: Workflows,
    body: Annotated[WorkflowCreate, Body(examples=[examples.GREETING])],
    response: Response,
) -> Workflow:
    """Save a workflow that can run. One that could not is refused, with everything that is wrong with it."""
    saved = await workflows.create(body, caller.subject)
    response.headers["ETag"] = quoted(saved.version)
    return saved


@router.post(
    "/validate",
    summary="Look for faults without saving",
    responses={200: answered("What saving would answer.", examples.VERDICT)},
)
async def validate_workflow(
    _: Reader, workflows: Workflows, body: Annotated[WorkflowDraft, Body(examples=[examples.DRAFT])]
) -> WorkflowVerdict:
    """Look for whatever creating would refuse, and for what only looks like a mistake. Nothing is saved."""
    return await workflows.verdict(body)


@router.get(
    "/triggerable-workflows",
    summary="List the workflows that another may call",
    responses={200: answered("The workflows.", [examples.GREETING_SUMMARY])},
)
async def list_triggerable_workflows(_: Reader, workflows: Workflows) -> list[WorkflowSummary]:
    """Return every active workflow that begins with a manual or a workflow trigger, newest first, without its graph."""
    return await workflows.triggerable()


@router.get(
    WORKFLOW,
    summary="Read a workflow",
    responses={
        200: answered("The workflow.", examples.GREETING_SAVED, tagged=True),
        **documented(examples.NOT_FOUND),
    },
)
async def get_workflow(_: Reader, workflows: Workflows, workflow_id: WorkflowId, response: Response) -> Workflow:
    """Return one workflow with its nodes and edges as they were posted. The `ETag` is its version."""
    found = await workflows.get(workflow_id)
    response.headers["ETag"] = quoted(found.version)
    return found


@router.put(
    WORKFLOW,
    summary="Change a workflow",
    responses={
        200: answered("The workflow as it is now.", examples.GREETING_CHANGED, tagged=True),
        **documented(examples.NOT_FOUND, examples.CONFLICT, examples.GRAPH_INVALID),
    },
)
async def update_workflow(
    caller: Writer,
    workflows: Workflows,
    workflow_id: WorkflowId,
    body: Annotated[WorkflowUpdate, Body(examples=[examples.SWITCH_OFF])],
    expected: Expected,
    response: Response,
) -> Workflow:
    """Change what is sent and leave the rest. Runs under way go on with the version they began with.

    Each change makes a new version; sending what is saved already makes none. With `If-Match`, only the version that
    it names is changed.
    """
    saved = await workflows.update(workflow_id, body, expected, caller.subject)
    response.headers["ETag"] = quoted(saved.version)
    return saved


@router.post(
    f"{WORKFLOW}/webhook-token/rotate",
    summary="Replace the webhook URL",
    responses={
        200: answered("The workflow with its new `webhook_url`.", examples.ORDERS_ROTATED),
        **documented(examples.NOT_FOUND, examples.NO_WEBHOOK_URL),
    },
)
async def rotate_webhook_token(_: Writer, workflows: Workflows, workflow_id: WorkflowId) -> Workflow:
    """Give the workflow a new webhook URL at once. The old one is dead: calls of it are not found."""
    return await workflows.rotate_webhook_token(workflow_id)
