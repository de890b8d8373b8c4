"""The route that events come in by."""

from typing import Annotated

from fastapi import APIRouter, Body, status

from app.events import examples
from app.events.deps import Events
from app.events.schemas import EventAccepted, EventCreate
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute
from app.runs.deps import Executor

router = APIRouter(prefix="/workflows", tags=["Utilities"], route_class=JsonRoute)


@router.post(
    "/events",
    status_code=status.HTTP_202_ACCEPTED,
    summary="Send an event",
    responses={202: answered("What the event has started.", examples.ACCEPTED)},
)
async def receive_event(
    caller: Executor, events: Events, body: Annotated[EventCreate, Body(examples=[examples.SITE_ADDED])]
) -> EventAccepted:
    """Start every active workflow whose trigger listens to the event: to its name, or to a pattern such as `site.*`.

    Either all of them are started or none. A workflow whose filter fails on this payload is not started and named in
    `skipped`. With an `id`, the event can be sent again without starting anything twice: within 24 hours the answer
    is what it started the first time.
    """
    return await events.receive(caller.org_id, body, caller.subject)
