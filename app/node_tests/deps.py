"""What the endpoint that tries nodes out works with."""

from collections.abc import Coroutine
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import Request

from app.auth.callers import Caller
from app.auth.deps import requires
from app.http.departure import while_connected
from app.http.deps import ResourcesDep
from app.node_tests.schemas import NodeTestResult
from app.node_tests.service import NodeTestService

Tester = Annotated[Caller, requires("workflows:write", "workflows:execute")]


async def node_test_service(held: ResourcesDep, caller: Tester) -> NodeTestService:
    return NodeTestService(held.engine, held.doorbell, held.hub, held.keyring, held.clock, held.ids, caller.org_id)


NodeTests = Annotated[NodeTestService, Depends(node_test_service)]


class Patience(Protocol):
    """Awaits a result as long as the client is there."""

    async def __call__(self, work: Coroutine[None, None, NodeTestResult], /) -> NodeTestResult: ...


async def patience(request: Request) -> Patience:
    async def wait(work: Coroutine[None, None, NodeTestResult]) -> NodeTestResult:
        return await while_connected(request, work)

    return wait


Patiently = Annotated[Patience, Depends(patience)]
