"""Permission in an endpoint's signature: `caller: Annotated[Caller, requires("workflows:read")]`."""

from typing import Any, cast

from fastapi import Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase

from app.auth.callers import Caller
from app.auth.errors import ScopeMissingError, TokenMissingError
from app.auth.scopes import SCOPES
from app.auth.service import Authenticator
from app.core.errors import AuthenticationError
from app.http.client_address import client_address, rate_limit_key
from app.http.deps import resources


class BearerAuth(SecurityBase):
    """Lets in whoever has a token with the scopes that the endpoint names; slows down who guesses tokens."""

    def __init__(self) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description="A JSON Web Token of a configured issuer.")
        self.scheme_name = "BearerAuth"

    async def __call__(self, request: Request, needed: SecurityScopes) -> Caller:
        """Return the caller. Raises `AuthenticationError`, `ScopeMissingError`, `RateLimitedError`."""
        authenticator = cast("Authenticator", request.app.state.authenticator)
        try:
            caller = await authenticator.authenticate(request.headers.getlist("authorization"))
        except TokenMissingError:
            raise
        except AuthenticationError:
            await _count_failure(request)
            raise
        for scope in needed.scopes:
            if scope not in caller.scopes:
                raise ScopeMissingError(scope)
        return caller


BEARER_AUTH = BearerAuth()


def requires(*scopes: str) -> Any:
    """Return the marker for `Annotated[Caller, …]`: the caller must have each of `scopes`."""
    if not scopes or not SCOPES.issuperset(scopes):
        raise ValueError(f"an endpoint needs at least one of {sorted(SCOPES)}, not {scopes}")
    return Security(BEARER_AUTH, scopes=list(scopes))


async def _count_failure(request: Request) -> None:
    held = await resources(request)
    per_minute = held.settings.auth.failures_per_minute
    if per_minute > 0:
        key = rate_limit_key(client_address(request, held.settings.trusted_proxies))
        await held.rate_limiter.take(f"auth:{key}", per_minute)
