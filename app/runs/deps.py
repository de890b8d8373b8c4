"""What endpoints about runs work with."""

from typing import Annotated, cast

from fastapi import Depends, Header, Path, Query, Response
from starlette.requests import HTTPConnection

from app.auth.callers import Caller
from app.auth.deps import requires
from app.auth.transactions import Work
from app.http.deps import ResourcesDep
from app.http.etags import IfNoneMatch, NotModifiedError, quoted
from app.http.optional import NEVER_NULL
from app.runs.repository.counts import Scribe
from app.runs.repository.reads import Listing, RunFound, RunReads
from app.runs.repository.starts import RunStarter
from app.runs.service import RunService
from app.runs.starting import Starting
from app.runs.states import RunStatus
from app.runs.views import tag_of
from app.workflows.deps import WorkflowId
from app.workflows.repository import WorkflowRepository

MAX_SEQ = 2**31 - 1  # the column's own limit
Executor = Annotated[Caller, requires("workflows:execute")]
RunId = Annotated[str, Path(alias="runId", description="The run's id, `fl_run_…`.")]


async def run_starter(connection: HTTPConnection) -> RunStarter:
    """Return the process's own, which lets requests share commits."""
    return cast("RunStarter", connection.app.state.run_starter)


StarterDep = Annotated[RunStarter, Depends(run_starter)]


async def starting(held: ResourcesDep, starter: StarterDep) -> Starting:
    return Starting(held.engine, held.doorbell, starter, held.settings.limits.payload_bytes)


StartingDep = Annotated[Starting, Depends(starting)]


async def run_service(held: ResourcesDep, work: Work, starter: StarterDep) -> RunService:
    scribe = Scribe(held.clock.now(), held.ids, starter.shard)
    return RunService(work, RunReads(work), WorkflowRepository(work), scribe, held.settings.public_url)


Runs = Annotated[RunService, Depends(run_service)]


async def listing(
    workflow_id: WorkflowId,
    status: Annotated[RunStatus | None, NEVER_NULL, Query(description="Only runs in this state.")] = None,
    before: Annotated[
        str | None,
        NEVER_NULL,
        Query(description="Only runs older than this one, by its id. As fast at any depth as page 1."),
    ] = None,
) -> Listing:
    return Listing(workflow_id, status, before)


ListingDep = Annotated[Listing, Depends(listing)]


async def unseen_run(
    runs: Runs,
    run_id: RunId,
    response: Response,
    known: Annotated[
        str | None, NEVER_NULL, Header(alias="If-None-Match", description="The `ETag` of the answer that you have.")
    ] = None,
) -> RunFound:
    """Return the run, tagged with how far it has come. Raises `NotModifiedError` where the client has it so already."""
    found = await runs.find(run_id)
    tag = tag_of(found)
    if IfNoneMatch(known).has(tag):
        raise NotModifiedError(quoted(tag))
    response.headers["ETag"] = quoted(tag)
    return found


UnseenRun = Annotated[RunFound, Depends(unseen_run)]


async def seen_seq(
    logs: Annotated[bool, Query(description="`false`: without logs.")] = True,  # noqa: FBT002 -- a query parameter
    after_seq: Annotated[int, Query(ge=0, le=MAX_SEQ, description="Only logs past this `seq`.")] = 0,
) -> int:
    """Return the place in the log up to which the client wants none."""
    return after_seq if logs else MAX_SEQ


SeenSeq = Annotated[int, Depends(seen_seq)]
