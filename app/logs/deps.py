"""What endpoints about logs work with."""

from typing import Annotated

from fastapi import Depends, Query

from app.auth.transactions import Work
from app.http.deps import ResourcesDep
from app.http.optional import NEVER_NULL
from app.logs.errors import StatusContradictedError
from app.logs.repository.pages import LogListing, LogReads
from app.logs.repository.statistics import StatisticsReads
from app.logs.schemas import Moment
from app.logs.service import LogService
from app.runs.schemas import LogStatus
from app.workflows.deps import WorkflowId
from app.workflows.repository import WorkflowRepository

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100


async def log_service(held: ResourcesDep, work: Work) -> LogService:
    return LogService(LogReads(work), StatisticsReads(work), WorkflowRepository(work), held.settings.public_url)


Logs = Annotated[LogService, Depends(log_service)]


async def wanted_status(
    status: Annotated[LogStatus | None, NEVER_NULL, Query(description="Only logs of this status.")] = None,
    level: Annotated[LogStatus | None, NEVER_NULL, Query(description="Another name of `status`.")] = None,
) -> LogStatus | None:
    """Read one thing that has two names. Raises `StatusContradictedError` where the two names say different things."""
    if status is not None and level is not None and status != level:
        raise StatusContradictedError(status, level)
    return status or level


async def log_listing(  # noqa: PLR0913, PLR0917 -- one for each query parameter
    workflow_id: WorkflowId,
    status: Annotated[LogStatus | None, Depends(wanted_status)],
    node_id: Annotated[str | None, NEVER_NULL, Query(description="Only logs of this node.")] = None,
    run_id: Annotated[str | None, NEVER_NULL, Query(description="Only logs of this run.")] = None,
    since: Annotated[
        Moment | None,
        NEVER_NULL,
        Query(alias="from", description="Only attempts that were over then or later; RFC 3339."),
    ] = None,
    until: Annotated[
        Moment | None, NEVER_NULL, Query(alias="to", description="Only attempts that were over before; RFC 3339.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many logs at most.")] = DEFAULT_LIMIT,
    before: Annotated[str | None, NEVER_NULL, Query(description="Only logs older than this one, by its id.")] = None,
) -> LogListing:
    return LogListing(workflow_id, limit, status, node_id, run_id, since, until, before)


Asked = Annotated[LogListing, Depends(log_listing)]
