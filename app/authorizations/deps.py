"""What endpoints about authorizations work with."""

from typing import Annotated, cast

from fastapi import Depends, Path, Security
from starlette.requests import Request

from app.audit.repository import AuditRepository
from app.audit.service import AuditTrail
from app.auth.callers import Caller
from app.auth.deps import BEARER_AUTH, requires
from app.authorizations.completion import Completion, Returned, SignInError
from app.authorizations.errors import SignInNotSetUpError
from app.authorizations.identity import Identities
from app.authorizations.presentation import Shown, not_signed_in, signed_in
from app.authorizations.service import AuthorizationService
from app.authorizations.tokens import Seals
from app.http.client_address import client_address
from app.http.deps import ResourcesDep
from app.unit_of_work import UnitOfWork

Reader = Annotated[Caller, requires("authorizations:read")]
Writer = Annotated[Caller, requires("authorizations:write")]
AuthorizationId = Annotated[str, Path(alias="authId", description="The authorization's id, `auth_…`.")]


async def known_identities(request: Request) -> Identities | None:
    """Return the process's own, None where signing in is not set up."""
    return cast("Identities | None", request.app.state.identities)


IdentitiesDep = Annotated[Identities | None, Depends(known_identities)]


async def authorization_service(
    request: Request,
    held: ResourcesDep,
    identities: IdentitiesDep,
    caller: Annotated[Caller, Security(BEARER_AUTH)],
) -> AuthorizationService:
    address = client_address(request, held.settings.trusted_proxies)

    def trail_in(work: UnitOfWork) -> AuditTrail:
        return AuditTrail(AuditRepository(work), caller, address, held.clock, held.ids)

    return AuthorizationService(
        engine=held.engine,
        doorbell=held.doorbell,
        org_id=caller.org_id,
        provider=identities.provider if identities else None,
        seals=Seals(held.keyring),
        trail_in=trail_in,
        clock=held.clock,
    )


Authorizations = Annotated[AuthorizationService, Depends(authorization_service)]


async def end_of_sign_in(request: Request, held: ResourcesDep, identities: IdentitiesDep) -> Shown:
    """Complete the sign-in that the request names, and return what there is to say of it."""
    if identities is None:
        raise SignInNotSetUpError
    address = client_address(request, held.settings.trusted_proxies)
    seals = Seals(held.keyring)
    completion = Completion(held.engine, held.doorbell, identities, seals, held.clock, held.ids, address)
    query = request.query_params
    returned = Returned(query.get("state"), query.get("code"), query.get("error"), query.get("iss"))
    try:
        return signed_in(await completion.complete(returned))
    except SignInError as error:
        return not_signed_in(error)


EndOfSignIn = Annotated[Shown, Depends(end_of_sign_in)]
