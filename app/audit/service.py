"""The audit trail of one request, who did what to which resource, from where; and reading what others left."""

import hashlib
from dataclasses import dataclass

import orjson

from app.audit import schemas
from app.audit.repository import AuditRepository
from app.auth.callers import Caller
from app.core.clock import Clock
from app.core.ids import AUDIT_ENTRY, IdSource
from app.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Resource:
    """What was acted upon: `Resource("workflow", "fl_…")`."""

    type: str
    id: str


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """Records what the caller does, in the transaction in which he does it."""

    entries: AuditRepository
    caller: Caller
    address: str
    clock: Clock
    ids: IdSource

    def record(self, action: str, resource: Resource, *, before: object = None, after: object = None) -> None:
        """Note one act, such as `workflow.update`. `before` and `after` are JSON; only their hashes are kept.

        They must hold no secrets: a hash of something short can be guessed.
        """
        entry = AuditEntry(
            id=self.ids.new(AUDIT_ENTRY),
            org_id=self.entries.org_id,
            at=self.clock.now(),
            actor=self.caller.subject,
            token_id=self.caller.token_id,
            address=self.address,
            action=action,
            resource_type=resource.type,
            resource_id=resource.id,
            before_hash=_hash(before),
            after_hash=_hash(after),
        )
        self.entries.add(entry)


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Reads what was done in one organization."""

    entries: AuditRepository

    async def read(self, query: schemas.AuditQuery) -> list[schemas.AuditEntry]:
        """Return entries, newest first."""
        return [schemas.AuditEntry.model_validate(entry) for entry in await self.entries.entries(query)]


def _hash(state: object) -> str | None:
    if state is None:
        return None
    return hashlib.sha256(orjson.dumps(state, option=orjson.OPT_SORT_KEYS)).hexdigest()
