"""What the endpoint about components works with."""

from typing import Annotated

from fastapi import Depends, Header, Response

from app.components.schemas import Component
from app.components.service import all_components
from app.http.etags import IfNoneMatch, NotModifiedError, quoted
from app.http.optional import NEVER_NULL


async def unseen_components(
    response: Response,
    known: Annotated[
        str | None, NEVER_NULL, Header(alias="If-None-Match", description="The `ETag` of the answer that you have.")
    ] = None,
) -> list[Component]:
    """Return all components, tagged. Raises `NotModifiedError` where the client has them so already."""
    found = all_components()
    if IfNoneMatch(known).has(found.tag):
        raise NotModifiedError(quoted(found.tag))
    response.headers["ETag"] = quoted(found.tag)
    return found.components


UnseenComponents = Annotated[list[Component], Depends(unseen_components)]
