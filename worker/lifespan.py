"""What a worker opens and closes."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.authorizations.provider import open_provider
from app.authorizations.renewal import Renewals
from app.authorizations.tokens import Seals
from app.core.clock import Clock
from app.core.config import Settings
from app.core.crypto import Keyring
from app.core.db import WORKER_ROLE, Engine, create_engine
from app.core.ids import IdSource
from app.models.counts import SHARDS
from app.models.startup import prepare_database, refuse_missing_keys
from app.outbound.addresses import EgressPolicy, operator_policy, workflow_policy
from app.outbound.client import OutboundClient
from app.outbound.dialling import Dialler
from app.queue.client import Doorbell, Queue, connect
from app.runs.form_tokens import FormTokens
from worker.adapters.channels import ConfiguredChannels
from worker.adapters.ip_database import MaxMindDatabase
from worker.adapters.mail import GuardedMail
from worker.adapters.pdf.lazy import LazyPdfPrinter
from worker.adapters.platform import Platforms
from worker.adapters.secrets import SecretOpener
from worker.adapters.soap.lazy import LazySoap
from worker.adapters.ssh.lazy import LazySsh
from worker.adapters.vault_writer import VaultWriters
from worker.execution.callees import Callees
from worker.execution.claim import Claimer
from worker.execution.definitions import Definitions
from worker.execution.departure import EffectGate
from worker.execution.engine import Engine as RunEngine
from worker.execution.expiry import Expiry
from worker.execution.flight import Tools
from worker.execution.journal import Journal
from worker.execution.lease import Lease
from worker.execution.looking import Looker, Observer
from worker.execution.outside import WaysOut
from worker.execution.presence import Presence, Senses
from worker.execution.removal import Removal
from worker.execution.restoring import Restorer
from worker.execution.retention import Retention
from worker.execution.schedules import Schedules
from worker.execution.trial import Bench
from worker.execution.trials import Sealing, TrialLimits, Trials
from worker.execution.vault import Vault
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
    expiry: Expiry
    schedules: Schedules
    trials: Trials


@dataclass(frozen=True, slots=True)
class _Means:
    """What a worker opens, and closes in the end."""

    settings: Settings
    clock: Clock
    ids: IdSource
    keyring: Keyring
    database: Engine
    redis: Queue
    doorbell: Doorbell
    ways_out: WaysOut


@asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """Open databases and clients, and close them in the end. Raises `SetupError`."""
    clock = Clock.from_environment(testing=settings.testing)
    keyring = Keyring.parse(settings.vault.keys.get_secret_value() if settings.vault.keys else None)
    async with AsyncExitStack() as stack:
        ip_database = MaxMindDatabase(settings.geoip_file)
        stack.callback(ip_database.close)
        database = _open_database(settings, settings.database_pool)
        stack.push_async_callback(database.dispose)
        await prepare_database(database, clock)
        await refuse_missing_keys(database, keyring)
        redis = connect(settings.redis_url.get_secret_value(), timeout_seconds=QUEUE_TIMEOUT_SECONDS, connections=8)
        bell = connect(settings.redis_url.get_secret_value(), timeout_seconds=RING_TIMEOUT_SECONDS, connections=8)
        stack.push_async_callback(redis.aclose)
        stack.push_async_callback(bell.aclose)
        doorbell = Doorbell(bell, clock)
        egress = workflow_policy(settings.egress.allow)
        operators = _open_http(operator_policy(), stack)
        provider = open_provider(settings.oauth, settings.public_url, operators, clock)
        renewals = Renewals(database, doorbell, provider, Seals(keyring), clock)
        stack.push_async_callback(renewals.aclose)
        ids = IdSource(clock)
        ways_out = WaysOut(
            http=_open_http(egress, stack),
            platforms=Platforms(operators, settings.platform.base_url, renewals),
            mail=GuardedMail(egress),
            channels=ConfiguredChannels(settings.channels, operators, GuardedMail(operator_policy())),
            ssh=LazySsh(Dialler(egress.https)),
            soap=LazySoap(),
            pdf=LazyPdfPrinter(),
            vaults=VaultWriters(database, doorbell, clock, ids, keyring),
            ip_database=ip_database,
        )
        yield _assemble(_Means(settings, clock, ids, keyring, database, redis, doorbell, ways_out))


def _assemble(means: _Means) -> Worker:
    settings, database, doorbell, clock, ids = means.settings, means.database, means.doorbell, means.clock, means.ids
    shard = secrets.randbelow(SHARDS)
    autocommit = database.execution_options(isolation_level="AUTOCOMMIT")
    journal = Journal(database, doorbell, clock, ids, shard)
    lease = Lease(clock)

    async def effect_gate() -> None:
        await presence.effect_gate()

    tools = Tools(
        clock=clock,
        ids=ids,
        journal=journal,
        ways_out=means.ways_out,
        callees=Callees(database, clock, ids, settings.limits),
        limits=settings.limits,
        effect_gate=EffectGate(lease.holds, effect_gate),
        inbox=Inbox(database),
        restorer=Restorer(database),
        form_tokens=FormTokens(means.keyring, settings.public_url),
    )
    opener = SecretOpener(means.keyring)
    vault = Vault(database, clock, opener)
    claimer = Claimer(database, clock, ids, Definitions(), vault)
    engine = RunEngine(settings.worker, claimer, tools.restorer, tools, doorbell)
    senses = Senses(Looker(autocommit, clock), Observer(clock), lease, clock, ids)
    presence = Presence(database, lambda: _open_beat_database(settings), senses, engine, journal)
    limits = TrialLimits.beside(settings.worker.slots, settings.limits.output_bytes)
    trials = Trials(database, doorbell, clock, Sealing(means.keyring, opener), Bench(tools, vault), limits)
    trials.worker_id = lambda: engine.worker_id
    presence.on_tests = trials.wanted
    return Worker(
        settings=settings,
        clock=clock,
        database=database,
        redis=means.redis,
        engine=engine,
        journal=journal,
        presence=presence,
        removal=Removal(database, doorbell, clock, ids, shard),
        retention=Retention(database, clock, settings.retention_days, shard),
        expiry=Expiry(database, clock),
        schedules=Schedules(database, doorbell, clock, ids, shard),
        trials=trials,
    )


def _open_http(policy: EgressPolicy, stack: AsyncExitStack) -> OutboundClient:
    http = OutboundClient(policy)
    stack.push_async_callback(http.aclose)
    return http


def _open_database(settings: Settings, pool_size: int) -> Engine:
    url = settings.database_url.get_secret_value()
    return create_engine(
        url, role=WORKER_ROLE, pool_size=pool_size, application="virga-worker", plans_once=True, repeats=True
    )


def _open_beat_database(settings: Settings) -> Engine:
    return _open_database(settings, 1).execution_options(isolation_level="AUTOCOMMIT")
