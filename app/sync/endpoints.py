"""The route of calls that wait for their run."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from app.http.openapi import documented
from app.http.parsed_json import ParsedJson
from app.http.requests import JsonRoute
from app.runs import examples as of_runs
from app.runs.deps import Starter
from app.sync import examples
from app.sync.deps import RUN_HEADER, Calls, Respond
from app.workflows import examples as of_workflows
from app.workflows.deps import WorkflowId

SYNC = "/sync/{workflowId}"

router = APIRouter(prefix="/workflows", tags=["Workflow Runs"], route_class=JsonRoute)


@router.post(
    SYNC,
    summary="Run a workflow and wait for its answer",
    response_class=Response,
    responses={
        200: {
            "description": "What the responding node says, with its own status and content type.",
            "content": {"application/json": {"schema": {}, "example": examples.QUOTE}, "text/plain": {}},
            "headers": {RUN_HEADER: {"description": "The run that answered.", "schema": {"type": "string"}}},
        },
        **documented(
            of_workflows.NOT_FOUND, of_runs.INACTIVE, examples.WRONG_TRIGGER, examples.FAILED, examples.TIMED_OUT
        ),
    },
)
async def call_workflow(
    caller: Starter,
    calls: Calls,
    respond: Respond,
    workflow_id: WorkflowId,
    body: Annotated[dict[str, ParsedJson] | None, Body(description="Any object.", examples=[examples.PAYLOAD])] = None,
) -> Response:
    """Start a workflow with a `sync_request_trigger` and answer what its responding node says.

    After 30 seconds the answer is 504, and the run goes on; so it does when you leave.
    """
    return await respond(calls.call(caller.org_id, workflow_id, body or {}, caller.subject))
