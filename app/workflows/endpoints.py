"""Routes of workflows: list, create, read, change, validate."""

from fastapi import APIRouter, Response, status

from app.http.etags import quoted
from app.http.requests import JsonRoute
from app.workflows.deps import Expected, JudgeDep, Reader, WorkflowId, Workflows, Writer
from app.workflows.schemas import (
    Workflow,
    WorkflowCreate,
    WorkflowDraft,
    WorkflowSummary,
    WorkflowUpdate,
    WorkflowVerdict,
)

WORKFLOW = "/{workflowId:workflow_id}"

router = APIRouter(prefix="/workflows", tags=["Workflows"], route_class=JsonRoute)


@router.get("", summary="List workflows")
async def list_workflows(_: Reader, workflows: Workflows) -> list[WorkflowSummary]:
    """Return every workflow of your organization, newest first, without nodes and edges."""
    return await workflows.summaries()


@router.post("", status_code=status.HTTP_201_CREATED, summary="Create a workflow")
async def create_workflow(caller: Writer, workflows: Workflows, body: WorkflowCreate, response: Response) -> Workflow:
    """Save a workflow that can run. One that could not is refused, with everything that is wrong with it."""
    saved = await workflows.create(body, caller.subject)
    response.headers["ETag"] = quoted(saved.version)
    return saved


@router.post("/validate", summary="Validate a workflow")
async def validate_workflow(_: Reader, judge: JudgeDep, body: WorkflowDraft) -> WorkflowVerdict:
    """Look for whatever creating would refuse, and for what only looks like a mistake. Nothing is saved."""
    return judge.verdict(body)


@router.get(WORKFLOW, summary="Get a workflow")
async def get_workflow(_: Reader, workflows: Workflows, workflow_id: WorkflowId, response: Response) -> Workflow:
    """Return one workflow with its nodes and edges as they were posted. The `ETag` is its version."""
    found = await workflows.get(workflow_id)
    response.headers["ETag"] = quoted(found.version)
    return found


@router.put(WORKFLOW, summary="Update a workflow")
async def update_workflow(
    caller: Writer,
    workflows: Workflows,
    workflow_id: WorkflowId,
    body: WorkflowUpdate,
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
