"""What endpoints about runs work with."""

from typing import Annotated, cast

from fastapi import Depends, Header, Path, Query, Response
from starlette.requests import HTTPConnection
from starlette.responses import StreamingResponse

from app.audit.deps import Trail
from app.auth.callers import Caller
from app.auth.deps import requires
from app.auth.transactions import Work
from app.http.deps import ResourcesDep
from app.http.etags import IfNoneMatch, NotModifiedError, quoted
from app.http.idempotency.deps import OnceDep
from app.http.optional import NEVER_NULL
from app.runs.form_tokens import FormTokens
from app.runs.live import LiveView
from app.runs.repeating import Repeats, Rerunning, WhichDefinition
from app.runs.repository.counts import Scribe
from app.runs.repository.inheritance import Inheritances
from app.runs.repository.reads import Listing, RunFound, RunReads
from app.runs.repository.starts import RunStarter
from app.runs.resuming import Resuming
from app.runs.service import RunService
from app.runs.starting import Starting
from app.runs.states import RunStatus
from app.runs.views import tag_of
from app.workflows.call_graph import CallGraph
from app.workflows.deps import WorkflowId
from app.workflows.repository import WorkflowRepository

MAX_SEQ = 2**31 - 1  # the column's own limit
EVENT_STREAM = "text/event-stream"
_UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Executor = Annotated[Caller, requires("workflows:execute")]
Starter = Annotated[Caller, requires("workflows:execute", api_keys=True)]
RunReader = Annotated[Caller, requires("workflows:read", api_keys=True)]
RunId = Annotated[str, Path(alias="runId", description="The run's id, `fl_run_…`.")]


async def run_starter(connection: HTTPConnection) -> RunStarter:
    """Return the process's own, which lets requests share commits."""
    return cast("RunStarter", connection.app.state.run_starter)


StarterDep = Annotated[RunStarter, Depends(run_starter)]


async def starting(held: ResourcesDep, starter: StarterDep) -> Starting:
    payload_bytes = held.settings.limits.payload_bytes
    return Starting(held.engine, held.lookups, held.doorbell, starter, payload_bytes, held.clock)


StartingDep = Annotated[Starting, Depends(starting)]


async def run_service(held: ResourcesDep, work: Work, starter: StarterDep, trail: Trail) -> RunService:
    scribe = Scribe(held.clock.now(), held.ids, starter.shard)
    workflows, calls, public_url = WorkflowRepository(work), CallGraph(work), held.settings.public_url
    tokens = FormTokens(held.keyring, public_url)
    return RunService(work, RunReads(work), workflows, calls, scribe, trail, tokens, public_url)


Runs = Annotated[RunService, Depends(run_service)]
NodeId = Annotated[str, Path(alias="nodeId", description="The id of a node that succeeded in the run.")]
DefinitionAsked = Annotated[
    WhichDefinition,
    Query(description="`current`: the workflow as it is now. `original`: the version that the old run has executed."),
]


async def repeats(work: Work, starter: StarterDep, trail: Trail) -> Repeats:
    return Repeats(work, RunReads(work), WorkflowRepository(work), starter, trail)


RepeatsDep = Annotated[Repeats, Depends(repeats)]


async def rerunning(repeats: RepeatsDep, once: OnceDep) -> Rerunning:
    return Rerunning(repeats, once)


RerunningDep = Annotated[Rerunning, Depends(rerunning)]


async def resuming(held: ResourcesDep, repeats: RepeatsDep, once: OnceDep) -> Resuming:
    return Resuming(repeats, Inheritances(repeats.work, held.ids), once)


ResumingDep = Annotated[Resuming, Depends(resuming)]


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


async def live_view(held: ResourcesDep, caller: RunReader) -> LiveView:
    return LiveView(held.engine, held.doorbell, held.hub, held.clock, caller.org_id, caller.expires_at)


LastSeq = Annotated[
    int, Header(alias="Last-Event-ID", ge=0, le=MAX_SEQ, description="The `seq` of the last log that you have.")
]


async def event_stream(
    view: Annotated[LiveView, Depends(live_view)], run_id: RunId, last_seq: LastSeq = 0
) -> StreamingResponse | Response:
    """Return the stream, or 204, which lets an EventSource rest, where the client has heard everything."""
    is_new = last_seq == 0
    if not await view.has_news(run_id, last_seq) and not is_new:
        return Response(status_code=204)
    return StreamingResponse(view.follow(run_id, last_seq), media_type=EVENT_STREAM, headers=_UNBUFFERED)


EventStream = Annotated[Response, Depends(event_stream)]


async def seen_seq(
    logs: Annotated[bool, Query(description="`false`: without logs.")] = True,  # noqa: FBT002 -- a query parameter
    after_seq: Annotated[int, Query(ge=0, le=MAX_SEQ, description="Only logs past this `seq`.")] = 0,
) -> int:
    """Return the place in the log up to which the client wants none."""
    return after_seq if logs else MAX_SEQ


SeenSeq = Annotated[int, Depends(seen_seq)]
