"""What an API process opens once and its endpoints reach through the request."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from app.core.clock import Clock
from app.core.config import Settings
from app.core.crypto import Keyring
from app.core.db import Engine
from app.core.ids import IdSource
from app.http.idempotency.gate import KeyGate
from app.http.rate_limit import RateLimiter
from app.outbound.lazy import LazyOutboundClient
from app.queue.client import Doorbell
from app.queue.notes import Hub


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything that lives as long as the process."""

    settings: Settings
    clock: Clock
    ids: IdSource
    keyring: Keyring
    engine: Engine  # acts as the API's role
    lookups: Engine  # does so too, for single statements that are always the same
    starter: Engine  # acts as the role that inserts runs and nothing else
    redis: Redis
    doorbell: Doorbell
    hub: Hub  # hears what workers say of what requests wait for
    outbound: LazyOutboundClient  # for hosts that the operator names
    rate_limiter: RateLimiter
    key_gate: KeyGate


async def resources(connection: HTTPConnection) -> Resources:
    """Return what the process opened at its start."""
    return cast("Resources", connection.app.state.resources)


ResourcesDep = Annotated[Resources, Depends(resources)]
