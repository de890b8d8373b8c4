"""What the endpoint of synchronous calls works with."""

from collections.abc import Coroutine
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from app.http.departure import while_connected
from app.http.deps import ResourcesDep
from app.runs.deps import StartingDep
from app.sync.schemas import SyncAnswer
from app.sync.service import SyncService

RUN_HEADER = "X-Run-Id"
_WITHOUT_BODY = frozenset({204, 304})


async def sync_service(held: ResourcesDep, starting: StartingDep) -> SyncService:
    seconds = held.settings.limits.sync_seconds
    return SyncService(held.lookups, starting, held.hub, held.ids, seconds)


Calls = Annotated[SyncService, Depends(sync_service)]


class Responder(Protocol):
    """Awaits an answer as long as the client is there, and writes it as the workflow wants it."""

    async def __call__(self, work: Coroutine[None, None, SyncAnswer], /) -> Response: ...


async def responder(request: Request) -> Responder:
    async def respond(work: Coroutine[None, None, SyncAnswer]) -> Response:
        answer = await while_connected(request, work)
        body = None if answer.status in _WITHOUT_BODY else answer.body
        return Response(body, answer.status, {RUN_HEADER: answer.run_id}, answer.content_type)

    return respond


Respond = Annotated[Responder, Depends(responder)]
