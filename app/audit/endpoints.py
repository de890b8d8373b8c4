"""The route of the audit log."""

from fastapi import APIRouter

from app.audit import examples
from app.audit.deps import AuditLogDep, Auditor, AuditQueryDep
from app.audit.schemas import AuditEntry
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute

router = APIRouter(prefix="/workflows", tags=["Utilities"], route_class=JsonRoute)


@router.get(
    "/audit",
    summary="Read the audit log",
    responses={200: answered("The entries.", examples.ENTRIES)},
)
async def read_audit_log(_: Auditor, log: AuditLogDep, query: AuditQueryDep) -> list[AuditEntry]:
    """Return who changed what in your organization, newest first: definitions, secrets, authorizations, runs stopped.

    To go on from there, send the id of the last entry that you have as `before`. Starting a run is no entry here: the
    run is its own record.
    """
    return await log.read(query)
