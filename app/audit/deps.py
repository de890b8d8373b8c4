"""What endpoints note their acts with, and what the audit log is asked for."""

from typing import Annotated

from fastapi import Depends, Query, Security
from starlette.requests import Request

from app.audit.repository import AuditRepository
from app.audit.schemas import AuditQuery
from app.audit.service import AuditLog, AuditTrail
from app.auth.callers import Caller
from app.auth.deps import BEARER_AUTH, requires
from app.auth.transactions import Work
from app.http.client_address import client_address
from app.http.deps import ResourcesDep

Auditor = Annotated[Caller, requires("audit:read")]


async def audit_trail(
    request: Request, held: ResourcesDep, work: Work, caller: Annotated[Caller, Security(BEARER_AUTH)]
) -> AuditTrail:
    address = client_address(request, held.settings.trusted_proxies)
    return AuditTrail(AuditRepository(work), caller, address, held.clock, held.ids)


Trail = Annotated[AuditTrail, Depends(audit_trail)]


async def audit_log(work: Work) -> AuditLog:
    return AuditLog(AuditRepository(work))


AuditLogDep = Annotated[AuditLog, Depends(audit_log)]


AuditQueryDep = Annotated[AuditQuery, Query()]
