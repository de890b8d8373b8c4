"""What a worker opens and closes."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.core.clock import Clock
from app.core.config import Settings
from app.core.db import WORKER_ROLE, Engine, create_engine
from app.core.ids import IdSource
from app.models.counts import SHARDS
from app.models.startup import prepare_database
from app.outbound.addresses import workflow_policy
from app.outbound.client import OutboundClient
from app.queue.client import Doorbell, Queue, connect
from worker.execution.claim import Claimer
from worker.execution.definitions import Definitions
from worker.execution.engine import Engine as RunEngine
from worker.execution.flight import Tools
from worker.execution.journal import Journal
from worker.execution.lease import Lease
from worker.execution.looking import Looker, Observer
from worker.execution.presence import Presence, Senses
from worker.execution.removal import Removal
from worker.execution.restoring import Restorer
from worker.execution.retention import Retention
from worker.execution.waits import Inbox

QUEUE_TIMEOUT_SECONDS = 3.0  # longer than a blocking pop
RING_TIMEOUT_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Worker:
    """The parts of one worker process, ready to be set going."""

    settings: Settings
    clock: Clock
    database: Engine
    redis: Queue
    engine: RunEngine
    journal: Journal
    presence: Presence
    removal: Removal
    retention: Retention


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Open databases and clients, and close them in the end. Raises `SetupError`."""
    clock = Clock.from_environment(testing=settings.testing)
    ids = IdSource(clock)
    async with AsyncExitStack() as stack:
        database = _open_database(settings, settings.database_pool)
        stack.push_async_callback(database.dispose)
        await prepare_database(database, clock)
        redis = connect(settings.redis_url.get_secret_value(), timeout_seconds=QUEUE_TIMEOUT_SECONDS, connections=8)
        bell = connect(settings.redis_url.get_secret_value(), timeout_seconds=RING_TIMEOUT_SECONDS, connections=8)
        stack.push_async_callback(redis.aclose)
        stack.push_async_callback(bell.aclose)
        http = OutboundClient(workflow_policy(settings.egress.allow))
        stack.push_async_callback(http.aclose)
        yield _assemble(settings, clock, ids, database, redis, Doorbell(bell, clock), http)


def _assemble(  # noqa: PLR0913, PLR0917 -- the one place where everything meets
    settings: Settings,
    clock: Clock,
    ids: IdSource,
    database: Engine,
    redis: Queue,
    doorbell: Doorbell,
    http: OutboundClient,
) -> Worker:
    shard = secrets.randbelow(SHARDS)
    autocommit = database.execution_options(isolation_level="AUTOCOMMIT")
    journal = Journal(database, doorbell, clock, ids, shard)
    lease = Lease(clock)

    async def effect_gate() -> None:
        await presence.effect_gate()

    tools = Tools(clock, ids, journal, http, settings.limits, effect_gate, Inbox(database).read)
    engine = RunEngine(settings.worker, Claimer(database, clock, ids, Definitions()), Restorer(database), tools)
    senses = Senses(Looker(autocommit, clock), Observer(clock), lease, clock, ids)
    presence = Presence(database, lambda: _open_beat_database(settings), senses, engine, journal)
    removal = Removal(database, doorbell, clock, ids, shard)
    retention = Retention(database, clock, settings.retention_days, shard)
    return Worker(settings, clock, database, redis, engine, journal, presence, removal, retention)


def _open_database(settings: Settings, pool_size: int) -> Engine:
    url = settings.database_url.get_secret_value()
    return create_engine(url, role=WORKER_ROLE, pool_size=pool_size, application="virga-worker", for_queue=True)


def _open_beat_database(settings: Settings) -> Engine:
    return _open_database(settings, 1).execution_options(isolation_level="AUTOCOMMIT")
