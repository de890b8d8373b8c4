"""Routes of versions: every definition that a workflow had, and one of them."""

from fastapi import APIRouter

from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute
from app.versions import examples
from app.versions.deps import Asked, Number, Versions
from app.versions.schemas import Version, VersionSummary
from app.workflows import examples as of_workflows
from app.workflows.deps import Reader, WorkflowId

VERSIONS = "/{workflowId:workflow_id}/versions"

router = APIRouter(prefix="/workflows", tags=["Workflows"], route_class=JsonRoute)


@router.get(
    VERSIONS,
    summary="List a workflow's versions",
    responses={200: answered("The versions.", [examples.SUMMARY]), **documented(of_workflows.NOT_FOUND)},
)
async def list_versions(_: Reader, versions: Versions, asked: Asked) -> list[VersionSummary]:
    """Return saved definitions, newest first, without nodes and edges. `before` with the last one's number goes on."""
    return await versions.newest_first(asked)


@router.get(
    f"{VERSIONS}/{{n}}",
    summary="Read a version of a workflow",
    responses={
        200: answered("The version.", examples.VERSION),
        **documented(of_workflows.NOT_FOUND, examples.VERSION_NOT_FOUND),
    },
)
async def get_version(_: Reader, versions: Versions, workflow_id: WorkflowId, number: Number) -> Version:
    """Return a definition as it was saved, with nodes and edges as they were posted."""
    return await versions.get(workflow_id, number)
