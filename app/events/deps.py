"""What endpoints about events work with."""

from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from app.events.service import EventService
from app.http.deps import ResourcesDep
from app.http.metrics import ApiMetrics
from app.runs.deps import StarterDep


async def event_service(connection: HTTPConnection, held: ResourcesDep, starter: StarterDep) -> EventService:
    metrics = cast("ApiMetrics", connection.app.state.metrics)
    return EventService(
        engine=held.engine,
        doorbell=held.doorbell,
        clock=held.clock,
        ids=held.ids,
        shard=starter.shard,
        payload_bytes=held.settings.limits.payload_bytes,
        count_accepted=metrics.accepted,
    )


Events = Annotated[EventService, Depends(event_service)]
