"""The audit log in the database: written in the transaction of what it tells of, never changed."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Select, select

from app.audit.schemas import AuditQuery
from app.core.ids import AUDIT_ENTRY, lower_bound
from app.models import AuditEntry
from app.unit_of_work import UnitOfWork

# An id is made a moment before its entry's time is read, and never goes back when a process's clock does.
_CLOCK_SLACK = timedelta(minutes=10)


class AuditRepository:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self.org_id = work.org_id

    def add(self, entry: AuditEntry) -> None:
        self._session.add(entry)

    async def entries(self, query: AuditQuery) -> Sequence[AuditEntry]:
        return (await self._session.scalars(entries_statement(self.org_id, query))).all()


def entries_statement(org_id: str, query: AuditQuery) -> Select[AuditEntry]:
    """Walk down an index by id, which is by time, from where the wanted entries begin."""
    conditions = [AuditEntry.org_id == org_id, *_equal(query), *_between(query)]
    if query.before is not None:
        conditions.append(AuditEntry.id < query.before)
    return select(AuditEntry).where(*conditions).order_by(AuditEntry.id.desc()).limit(query.limit)


def _equal(query: AuditQuery) -> list[ColumnElement[bool]]:
    asked = {
        AuditEntry.actor: query.actor,
        AuditEntry.action: query.action,
        AuditEntry.resource_type: query.resource_type,
        AuditEntry.resource_id: query.resource_id,
    }
    return [column == value for column, value in asked.items() if value is not None]


def _between(query: AuditQuery) -> list[ColumnElement[bool]]:
    """Compare times exactly, and ids roughly, so that the index begins and ends near them."""
    conditions: list[ColumnElement[bool]] = []
    if query.since is not None:
        conditions += [
            AuditEntry.at >= query.since,
            AuditEntry.id >= lower_bound(AUDIT_ENTRY, query.since - _CLOCK_SLACK),
        ]
    if query.until is not None:
        conditions += [
            AuditEntry.at < query.until,
            AuditEntry.id < lower_bound(AUDIT_ENTRY, query.until + _CLOCK_SLACK),
        ]
    return conditions
