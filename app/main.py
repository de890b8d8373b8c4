"""The API's composition root: what the process opens, and which routes it serves."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import version

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry

from app.auth.errors import AUTH_ERRORS
from app.auth.issuers import build_issuers
from app.auth.service import Authenticator
from app.auth.tokens import TokenVerifier
from app.core.clock import Clock
from app.core.config import Settings
from app.core.crypto import Keyring
from app.core.db import API_ROLE, STARTER_ROLE, Engine, create_engine, database_now, is_outage, refuse_privileged_role
from app.core.errors import VirgaError
from app.core.ids import IdSource
from app.core.metrics import MetricsServer, new_registry
from app.http import health, pages
from app.http.deps import Resources
from app.http.error_answers import ErrorAnswers
from app.http.errors import GENERAL_ERRORS
from app.http.exception_handlers import install
from app.http.metrics import ApiMetrics
from app.http.middleware import Gate
from app.http.openapi import Api
from app.http.rate_limit import RateLimiter
from app.models.counts import SHARDS
from app.models.startup import prepare_database, refuse_missing_keys
from app.outbound.addresses import operator_policy
from app.outbound.client import OutboundClient
from app.queue.client import Doorbell, connect
from app.runs import endpoints as runs
from app.runs.errors import RUN_ERRORS
from app.runs.repository.starts import AcceptedRun, RunStart, RunStarter
from app.webhooks import endpoints as webhooks
from app.webhooks.errors import WEBHOOK_ERRORS
from app.workflows import endpoints as workflows
from app.workflows.errors import WORKFLOW_ERRORS

ROUTERS: tuple[APIRouter, ...] = (workflows.router, runs.router, webhooks.router, health.router, pages.router)
PUBLIC_ENDPOINTS: frozenset[Callable[..., object]] = frozenset(
    {
        health.check_live,
        health.check_ready,
        pages.index,
        pages.errors,
        pages.explorer,
        pages.asset,
        pages.openapi,
        webhooks.receive_webhook,  # the token in its path is the credential
    }
)
ERROR_KINDS: tuple[type[VirgaError], ...] = (
    *GENERAL_ERRORS,
    *AUTH_ERRORS,
    *WORKFLOW_ERRORS,
    *RUN_ERRORS,
    *WEBHOOK_ERRORS,
)

REDIS_TIMEOUT_SECONDS = 0.1  # no request waits longer for a doorbell or a limit
REDIS_CONNECTIONS = 16
STARTER_CONNECTIONS = 2  # one commits a batch of starts, one splits a batch that was refused
CLOCK_SECONDS = 60.0  # between two readings of the database's clock

log = structlog.get_logger()

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(settings: Settings) -> Api:
    """Return the application. Nothing is opened before its lifespan begins."""
    registry = new_registry()
    answers = ErrorAnswers(settings.public_url)
    app = Api(
        title="Virga",
        summary="A self-hosted server for the Altostrat Workflows API",
        version=version("virga"),
        openapi_url=None,  # served by app.http.pages, as a route like any other
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        lifespan=_lifespan(settings, registry),
        generate_unique_id_function=_operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.error_kinds = ERROR_KINDS
    app.state.metrics = ApiMetrics(registry)
    install(app, answers)
    app.add_middleware(Gate, answers=answers, body_bytes=settings.body_bytes, observer=app.state.metrics)
    for router in ROUTERS:
        app.include_router(router)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _lifespan(settings: Settings, registry: CollectorRegistry) -> Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            held = await _open_resources(settings, stack)
            app.state.resources = held
            app.state.authenticator = _open_authenticator(held, stack)
            app.state.run_starter = _open_starter(held, app.state.metrics, stack)
            if settings.metrics.bind is not None:
                stack.callback(MetricsServer(settings.metrics.bind, registry).close)
            following = asyncio.create_task(_follow_database_clock(held.engine, held.clock))
            stack.callback(following.cancel)
            yield

    return lifespan


async def _open_resources(settings: Settings, stack: AsyncExitStack) -> Resources:
    """Open what the process holds. Raises `SetupError` for settings and databases that could not work."""
    clock = Clock.from_environment(testing=settings.testing)
    keyring = Keyring.parse(settings.vault.keys.get_secret_value() if settings.vault.keys else None)
    engine = _open_engine(settings, API_ROLE, settings.database_pool, stack)
    starter = _open_engine(settings, STARTER_ROLE, STARTER_CONNECTIONS, stack)
    await prepare_database(engine, clock)
    await refuse_missing_keys(engine, keyring)
    await refuse_privileged_role(starter)
    url = settings.redis_url.get_secret_value()
    redis = connect(url, timeout_seconds=REDIS_TIMEOUT_SECONDS, connections=REDIS_CONNECTIONS)
    stack.push_async_callback(redis.aclose)
    outbound = OutboundClient(operator_policy())
    stack.push_async_callback(outbound.aclose)
    return Resources(
        settings=settings,
        clock=clock,
        ids=IdSource(clock),
        keyring=keyring,
        engine=engine,
        starter=starter,
        redis=redis,
        doorbell=Doorbell(redis, clock),
        outbound=outbound,
        rate_limiter=RateLimiter(redis, clock),
    )


def _open_engine(settings: Settings, role: str, connections: int, stack: AsyncExitStack) -> Engine:
    url = settings.database_url.get_secret_value()
    engine = create_engine(url, role=role, pool_size=connections, application="virga-api")
    stack.push_async_callback(engine.dispose)
    return engine


def _open_authenticator(held: Resources, stack: AsyncExitStack) -> Authenticator:
    auth = held.settings.auth
    issuers = build_issuers(auth.issuers, held.outbound, held.clock)
    authenticator = Authenticator(TokenVerifier(issuers, held.clock, auth.leeway_seconds), auth, held.clock)
    stack.push_async_callback(authenticator.aclose)
    return authenticator


class CountingStarter(RunStarter):
    """Counts in the metrics what it accepts."""

    metrics: ApiMetrics

    async def start(self, start: RunStart) -> AcceptedRun:
        """See `RunStarter.start`."""
        accepted = await super().start(start)
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
