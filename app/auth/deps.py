"""Permission in an endpoint's signature: `caller: Annotated[Caller, requires("workflows:read")]`."""

from typing import Any, cast

from fastapi import Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase

from app.auth.callers import Caller
from app.auth.errors import ApiKeyRefusedError, ScopeMissingError, TokenMissingError
from app.auth.scopes import SCOPES
from app.auth.service import Authenticator, token_key
from app.core.errors import AuthenticationError
from app.http.answer_headers import add_answer_headers
from app.http.client_address import client_address, rate_limit_key
from app.http.deps import resources

_ACCEPTED = "A JSON Web Token of a configured issuer; for starting and reading runs also an API key (`wfk_…`)."


class BearerAuth(SecurityBase):
    """Lets in whoever has a token with the scopes that the endpoint names; slows down who guesses tokens.

    Where scopes are named, API keys are let in only with `api_keys`.
    """

    def __init__(self, *, api_keys: bool = False) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description=_ACCEPTED)
        self.scheme_name = "BearerAuth"
        self.api_keys = api_keys

    async def __call__(self, request: Request, needed: SecurityScopes) -> Caller:
        """Return the caller. Raises `AuthenticationError`, `PermissionDeniedError`, `RateLimitedError`."""
        caller = await _caller_of(request)
        for scope in needed.scopes:
            if caller.by_api_key and not self.api_keys:
                raise ApiKeyRefusedError(scope)
            if scope not in caller.scopes:
                raise ScopeMissingError(scope)
        return caller


BEARER_AUTH = BearerAuth()
BEARER_AUTH_OR_API_KEY = BearerAuth(api_keys=True)


def requires(*scopes: str, api_keys: bool = False) -> Any:
    """Return the marker for `Annotated[Caller, …]`: the caller must have each of `scopes`, by an API key or without."""
    if not scopes or not SCOPES.issuperset(scopes):
        raise ValueError(f"an endpoint needs at least one of {sorted(SCOPES)}, not {scopes}")
    return Security(BEARER_AUTH_OR_API_KEY if api_keys else BEARER_AUTH, scopes=list(scopes))


async def known_caller(request: Request) -> Caller | None:
    """Return whoever sends a token to a route that asks for none. A wrong one is refused as everywhere."""
    return await _caller_of(request) if "authorization" in request.headers else None


async def _caller_of(request: Request) -> Caller:
    """Authenticate once a request, however many of its dependencies ask."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known is None:
        known = request.state.caller = await _authenticated(request)
    return known


async def _authenticated(request: Request) -> Caller:
    authenticator = cast("Authenticator", request.app.state.authenticator)
    try:
        caller = await authenticator.authenticate(request.headers.getlist("authorization"))
    except TokenMissingError:
        raise
    except AuthenticationError:
        await _count_failure(request)
        raise
    await _count_request(request)
    return caller


async def _count_request(request: Request) -> None:
    """Count what a token asks for."""
    held = await resources(request)
    per_minute = held.settings.rate_limit.per_token
    if per_minute > 0:
        key = token_key(request.headers.getlist("authorization"))
        add_answer_headers(request, await held.rate_limiter.take(f"token:{key}", per_minute))


async def _count_failure(request: Request) -> None:
    held = await resources(request)
    per_minute = held.settings.auth.failures_per_minute
    if per_minute > 0:
        key = rate_limit_key(client_address(request, held.settings.trusted_proxies))
        await held.rate_limiter.take(f"auth:{key}", per_minute)
