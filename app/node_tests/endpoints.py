"""The route that tries a node out."""

from typing import Annotated

from fastapi import APIRouter, Body

from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute
from app.node_tests import examples
from app.node_tests.deps import NodeTests, Patiently, Tester
from app.node_tests.schemas import NodeTestCreate, NodeTestResult

router = APIRouter(prefix="/workflows", tags=["Utilities"], route_class=JsonRoute)


@router.post(
    "/test-node",
    summary="Try a node out",
    responses={
        200: answered("What the node has put out, or how it failed.", examples.RESULT),
        **documented(examples.INVALID),
    },
)
async def run_node(
    _: Tester,
    tests: NodeTests,
    patiently: Patiently,
    body: Annotated[NodeTestCreate, Body(examples=[examples.TRIED])],
) -> NodeTestResult:
    """Run one node once, really, with the values that you give before it: calls go out, secrets are used.

    Nothing is saved. A node that would wait, or call a workflow, says so instead.
    """
    return await patiently(tests.run(body))
