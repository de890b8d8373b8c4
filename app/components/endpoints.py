"""The route of components."""

from typing import Annotated

from fastapi import APIRouter

from app.auth.callers import Caller
from app.auth.deps import requires
from app.components.deps import UnseenComponents
from app.components.examples import FIRST
from app.components.schemas import Component
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute

router = APIRouter(prefix="/workflows", tags=["Utilities"], route_class=JsonRoute)


@router.get(
    "/components",
    summary="List the components that nodes can be",
    responses={
        200: answered("The components.", [FIRST], tagged=True),
        304: {"description": "The components are as `If-None-Match` says."},
    },
)
async def list_components(
    _: Annotated[Caller, requires("workflows:read")], components: UnseenComponents
) -> list[Component]:
    """Return every component with its settings as JSON Schema, its handles, and an example that works.

    They change only with the server's version: send the `ETag` back as `If-None-Match`.
    """
    return components
