"""All tables. Importing this package fills `Base.metadata`."""

from app.core.db import Base
from app.models.audit_log import AuditEntry
from app.models.authorizations import Authorization, AuthorizationState
from app.models.counts import WorkflowCount
from app.models.node_tests import NodeTest
from app.models.receipts import EventReceipt, IdempotencyKey
from app.models.run_logs import RunLog
from app.models.run_waits import RunWait
from app.models.runs import Run
from app.models.schedule_firings import ScheduleFiring
from app.models.vault import VaultItem
from app.models.workers import WorkerRow
from app.models.workflow_calls import WorkflowCall
from app.models.workflows import Workflow, WorkflowVersion

__all__ = [
    "AuditEntry",
    "Authorization",
    "AuthorizationState",
    "Base",
    "EventReceipt",
    "IdempotencyKey",
    "NodeTest",
    "Run",
    "RunLog",
    "RunWait",
    "ScheduleFiring",
    "VaultItem",
    "WorkerRow",
    "Workflow",
    "WorkflowCall",
    "WorkflowCount",
    "WorkflowVersion",
]
