"""What endpoints about versions work with."""

from typing import Annotated

from fastapi import Depends, Path, Query

from app.auth.transactions import Work
from app.http.optional import NEVER_NULL
from app.versions.repository import VersionListing, VersionReads
from app.versions.service import VersionService
from app.workflows.deps import WorkflowId
from app.workflows.repository import WorkflowRepository

MAX_VERSION = 2**31 - 1  # the column's own limit
MAX_LIMIT = 1000
DEFAULT_LIMIT = 100

Number = Annotated[int, Path(alias="n", ge=1, le=MAX_VERSION, description="Which version, from 1.")]


async def version_service(work: Work) -> VersionService:
    return VersionService(VersionReads(work), WorkflowRepository(work))


Versions = Annotated[VersionService, Depends(version_service)]


async def version_listing(
    workflow_id: WorkflowId,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many versions at most.")] = DEFAULT_LIMIT,
    before: Annotated[
        int | None, NEVER_NULL, Query(ge=1, le=MAX_VERSION, description="Only versions before this one.")
    ] = None,
) -> VersionListing:
    return VersionListing(workflow_id, limit, before)


Asked = Annotated[VersionListing, Depends(version_listing)]
