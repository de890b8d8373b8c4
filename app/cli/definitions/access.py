"""The workflows of one organization for the command line: the API's own service, role and rules, without a request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.audit.repository import AuditRepository
from app.audit.service import AuditTrail
from app.auth.callers import Caller
from app.auth.scopes import SCOPES
from app.authorizations.repository import AuthorizationRepository
from app.core.clock import Clock
from app.core.config import Settings
from app.core.crypto import Keyring
from app.core.db import API_ROLE, create_engine
from app.core.ids import IdSource
from app.graph.limits import GraphLimits
from app.models.startup import prepare_database, refuse_missing_keys
from app.queue.client import Doorbell, connect
from app.unit_of_work import UnitOfWork, unit_of_work
from app.workflows.authorized import AuthorizationCheck
from app.workflows.call_graph import CallGraph
from app.workflows.calls import CallCheck
from app.workflows.judgement import Judge
from app.workflows.repository import WorkflowRepository
from app.workflows.service import WorkflowService
from app.workflows.tokens import WebhookTokens

ACTOR = "cli"  # as the audit log and versions name who did it
ADDRESS = "local"
_REDIS_SECONDS = 1.0


@asynccontextmanager
async def workflows_of(settings: Settings, org_id: str) -> AsyncIterator[WorkflowService]:
    """Open one transaction that is committed at the end, and undone by whatever is raised. Raises `SetupError`."""
    clock = Clock.from_environment(testing=settings.testing)
    keyring = Keyring.parse(settings.vault.keys.get_secret_value() if settings.vault.keys else None)
    engine = create_engine(
        settings.database_url.get_secret_value(), role=API_ROLE, pool_size=1, application="virga-definitions"
    )
    redis = connect(settings.redis_url.get_secret_value(), timeout_seconds=_REDIS_SECONDS, connections=1)
    try:
        await prepare_database(engine, clock)
        await refuse_missing_keys(engine, keyring)
        async with unit_of_work(engine, Doorbell(redis, clock), org_id) as work:
            yield _service(work, settings, keyring, clock)
    finally:
        await redis.aclose()
        await engine.dispose()


def _service(work: UnitOfWork, settings: Settings, keyring: Keyring, clock: Clock) -> WorkflowService:
    ids = IdSource(clock)
    trail = AuditTrail(AuditRepository(work), Caller(work.org_id, ACTOR, SCOPES), ADDRESS, clock, ids)
    judge = Judge(GraphLimits(nodes=settings.limits.nodes))
    tokens = WebhookTokens(keyring, settings.public_url)
    check = AuthorizationCheck(AuthorizationRepository(work))
    calls, planned = CallCheck(CallGraph(work)), work.look_at_schedule
    workflows = WorkflowRepository(work)
    return WorkflowService(workflows, work.org_id, judge, check, calls, tokens, trail, clock, ids, planned)
