"""Routes of logs across runs: those of a workflow, the latest of each workflow, and statistics."""

from fastapi import APIRouter, Response

from app.http.deps import ResourcesDep
from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute
from app.logs import examples
from app.logs.deps import Asked, Logs
from app.logs.schemas import LogStatistics
from app.runs.schemas import WorkflowLog
from app.workflows import examples as of_workflows
from app.workflows.deps import Reader, WorkflowId

WORKFLOW = "/{workflowId:workflow_id}"

router = APIRouter(prefix="/workflows", tags=["Workflow Logs"], route_class=JsonRoute)


@router.get(
    "/logs/recent",
    summary="List the latest log of each workflow",
    responses={200: answered("The logs.", examples.RECENT)},
)
async def list_recent_logs(_: Reader, logs: Logs) -> list[WorkflowLog]:
    """Return what each workflow of your organization logged last, newest first. One that never ran is left out."""
    return await logs.recent()


@router.get(
    f"{WORKFLOW}/logs",
    summary="List a workflow's logs",
    responses={200: examples.LISTED, **documented(of_workflows.NOT_FOUND)},
)
async def list_logs(_: Reader, logs: Logs, asked: Asked, response: Response) -> list[WorkflowLog]:
    """Return what all runs of the workflow have logged, newest first.

    Where there are more, the header `Link` has the URL of the next page (`rel="next"`); to make it yourself, send the
    id of the last log that you have as `before`. With `node_id`, `status=success`, `from` or `to`, one answer looks
    through at most 10,000 logs: it may be short, or empty, and the `Link` says where to go on. Failures and warnings
    are found however far back they are. `from` is included, `to` is not.
    """
    page = await logs.page(asked)
    response.headers.update(page.headers)
    return page.logs


@router.get(
    f"{WORKFLOW}/logs/stats",
    summary="Read a workflow's statistics",
    responses={200: answered("The statistics.", examples.STATISTICS), **documented(of_workflows.NOT_FOUND)},
)
async def get_log_statistics(_: Reader, logs: Logs, held: ResourcesDep, workflow_id: WorkflowId) -> LogStatistics:
    """Return how the workflow has fared in the last 30 days (UTC, today included), and how often it ran in all."""
    return await logs.stats(workflow_id, held.clock.now())
