"""Whether this process lives, and whether it can do its work: for supervisors, load balancers and compose."""

import asyncio
from typing import Literal

import structlog
from fastapi import APIRouter
from pydantic import BaseModel, Field
from redis.exceptions import RedisError

from app.core.errors import UnavailableError
from app.http.deps import Resources, ResourcesDep
from app.http.requests import JsonRoute
from app.models.schema_version import REQUIRED_REVISION, fits, found_revision

log = structlog.get_logger()

router = APIRouter(prefix="/health", tags=["Operations"], route_class=JsonRoute)

_DEADLINE_SECONDS = 2.0  # a probe that waits longer is no answer
_REDIS_DEADLINE_SECONDS = 0.5


class Live(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Ready(BaseModel):
    """The process can serve."""

    status: Literal["ok"]
    redis: Literal["ok", "away"] = Field(description="With Redis away everything works, a little slower.")
    schema_revision: str = Field(description="The database's schema.", examples=["0001"])


@router.get("/live", summary="Is the process alive?")
async def check_live() -> Live:
    """Answers as long as the process does, whatever else is down."""
    return Live(status="ok")


@router.get("/ready", summary="Can it serve requests?")
async def check_ready(held: ResourcesDep) -> Ready:
    """Answers 503 while Postgres is away or its schema is older than this version needs."""
    revision, redis = await asyncio.gather(_revision(held), _redis(held))
    return Ready(status="ok", redis=redis, schema_revision=revision)


async def _revision(held: Resources) -> str:
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            revision = await found_revision(held.engine)
    except Exception as error:
        raise UnavailableError("Postgres cannot be reached.") from error
    if revision is None or not fits(revision):
        found = f"is at revision {revision}" if revision else "is empty"
        raise UnavailableError(f"The database {found}, but {REQUIRED_REVISION} is needed; run `virga migrate`.")
    return revision


async def _redis(held: Resources) -> Literal["ok", "away"]:
    try:
        async with asyncio.timeout(_REDIS_DEADLINE_SECONDS):
            await held.redis.ping()
    except (RedisError, OSError) as error:
        log.warning("redis_away", error=type(error).__name__)
        return "away"
    return "ok"
