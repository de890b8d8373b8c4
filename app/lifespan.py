"""What the API's process opens at its start, and closes at its end."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial

import structlog
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from app.auth.api_keys import ApiKeys
from app.auth.issuers import build_issuers
from app.auth.repository import find_api_key
from app.auth.service import Authenticator
from app.auth.tokens import TokenVerifier
from app.authorizations.identity import Identities
from app.authorizations.provider import open_provider
from app.core.clock import Clock
from app.core.config import Settings
from app.core.crypto import Keyring
from app.core.db import API_ROLE, STARTER_ROLE, Engine, create_engine, database_now, is_outage, refuse_privileged_role
from app.core.ids import IdSource
from app.core.metrics import MetricsServer
from app.http.deps import Resources
from app.http.idempotency.gate import KeyGate
from app.http.metrics import ApiMetrics
from app.http.rate_limit import RateLimiter
from app.models.counts import SHARDS
from app.models.startup import prepare_database, refuse_missing_keys
from app.outbound.addresses import operator_policy
from app.outbound.lazy import LazyOutboundClient
from app.queue.client import Doorbell, connect
from app.queue.notes import Hub
from app.runs.repository.starts import AcceptedRun, RunStart, RunStarter
from app.unit_of_work import UnitOfWork

REDIS_TIMEOUT_SECONDS = 0.1  # no request waits longer for a doorbell or a limit
REDIS_CONNECTIONS = 16
HUB_TIMEOUT_SECONDS = 3.0
CANCEL_SECONDS = 0.05  # after which a task that goes on is cancelled again
LOOKUP_CONNECTIONS = 4  # each statement there takes a fraction of a millisecond
STARTER_CONNECTIONS = 2  # one commits a batch of starts, one splits a batch that was refused
CLOCK_SECONDS = 60.0  # between two readings of the database's clock

log = structlog.get_logger()

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def lifespan_of(settings: Settings, registry: CollectorRegistry) -> Lifespan:
    """Return what opens the process's resources and closes them again. Raises `SetupError` when it begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            held = await _open_resources(settings, stack)
            app.state.resources = held
            app.state.authenticator = _open_authenticator(held, stack)
            app.state.identities = _open_identities(held, stack)
            app.state.run_starter = _open_starter(held, app.state.metrics, stack)
            if settings.metrics.bind is not None:
                stack.callback(MetricsServer(settings.metrics.bind, registry).close)
            following = asyncio.create_task(_follow_database_clock(held.engine, held.clock))
            stack.callback(following.cancel)
            try:
                yield
            finally:
                held.hub.close()

    return lifespan


async def _open_resources(settings: Settings, stack: AsyncExitStack) -> Resources:
    """Open what the process holds. Raises `SetupError` for settings and databases that could not work."""
    clock = Clock.from_environment(testing=settings.testing)
    keyring = Keyring.parse(settings.vault.keys.get_secret_value() if settings.vault.keys else None)
    engine = _open_engine(settings, API_ROLE, settings.database_pool, stack)
    lookups = _open_engine(settings, API_ROLE, LOOKUP_CONNECTIONS, stack, plans_once=True)
    starter = _open_engine(settings, STARTER_ROLE, STARTER_CONNECTIONS, stack)
    await prepare_database(engine, clock)
    await refuse_missing_keys(engine, keyring)
    await refuse_privileged_role(starter)
    url = settings.redis_url.get_secret_value()
    redis = connect(url, timeout_seconds=REDIS_TIMEOUT_SECONDS, connections=REDIS_CONNECTIONS)
    stack.push_async_callback(redis.aclose)
    outbound = LazyOutboundClient(operator_policy())
    stack.push_async_callback(outbound.aclose)
    return Resources(
        settings=settings,
        clock=clock,
        ids=IdSource(clock),
        keyring=keyring,
        engine=engine,
        lookups=lookups,
        starter=starter,
        redis=redis,
        doorbell=Doorbell(redis, clock),
        hub=_open_hub(url, stack),
        outbound=outbound,
        rate_limiter=RateLimiter(redis, clock),
        key_gate=KeyGate(),
    )


def _open_hub(url: str, stack: AsyncExitStack) -> Hub:
    redis = connect(url, timeout_seconds=HUB_TIMEOUT_SECONDS, connections=1)
    stack.push_async_callback(redis.aclose)
    hub = Hub(redis)
    listening = asyncio.create_task(hub.listen_forever())
    stack.push_async_callback(_end, listening)
    return hub


async def _end(task: asyncio.Task[None]) -> None:
    """Cancel until the task has ended: redis-py may swallow a cancellation that comes while it sends."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_SECONDS)


def _open_engine(
    settings: Settings, role: str, connections: int, stack: AsyncExitStack, *, plans_once: bool = False
) -> Engine:
    url = settings.database_url.get_secret_value()
    engine = create_engine(url, role=role, pool_size=connections, application="virga-api", plans_once=plans_once)
    stack.push_async_callback(engine.dispose)
    return engine


def _open_authenticator(held: Resources, stack: AsyncExitStack) -> Authenticator:
    auth = held.settings.auth
    issuers = build_issuers(auth.issuers, held.outbound, held.clock)
    verifier = TokenVerifier(issuers, held.clock, auth.leeway_seconds)
    api_keys = ApiKeys(partial(find_api_key, held.lookups), held.clock)
    authenticator = Authenticator(verifier, api_keys, auth, held.clock)
    stack.push_async_callback(authenticator.aclose)
    return authenticator


def _open_identities(held: Resources, stack: AsyncExitStack) -> Identities | None:
    """Return what knows the provider at which users sign in, None where the operator has named none."""
    provider = open_provider(held.settings.oauth, held.settings.public_url, held.outbound, held.clock)
    if provider is None:
        return None
    identities = Identities(provider, held.outbound, held.clock)
    stack.push_async_callback(identities.aclose)
    return identities


class CountingStarter(RunStarter):
    """Counts in the metrics what it accepts."""

    metrics: ApiMetrics

    async def start(self, start: RunStart, run_id: str | None = None) -> AcceptedRun:
        """See `RunStarter.start`."""
        accepted = await super().start(start, run_id)
        self.metrics.accepted(start.trigger_type)
        return accepted

    async def start_within(self, work: UnitOfWork, start: RunStart) -> AcceptedRun:
        """See `RunStarter.start_within`; counted though the commit may fail yet."""
        accepted = await super().start_within(work, start)
        self.metrics.accepted(start.trigger_type)
        return accepted


def _open_starter(held: Resources, metrics: ApiMetrics, stack: AsyncExitStack) -> RunStarter:
    shard = secrets.randbelow(SHARDS)
    starter = CountingStarter(held.starter, held.doorbell, held.clock, held.ids, shard)
    starter.metrics = metrics
    stack.push_async_callback(starter.close)
    return starter


async def _follow_database_clock(engine: Engine, clock: Clock) -> None:
    while True:
        await asyncio.sleep(CLOCK_SECONDS)
        try:
            clock.follow(await database_now(engine))
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("database_clock_unread", error=type(error).__name__)
