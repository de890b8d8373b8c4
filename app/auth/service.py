"""From an Authorization header to a caller, with a short memory for JSON Web Tokens that were just accepted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from app.auth.api_keys import ApiKeys, is_api_key
from app.auth.callers import Caller
from app.auth.errors import TokenInvalidError, TokenMissingError
from app.auth.scopes import granted_scopes
from app.auth.tokens import TokenVerifier, Verified, name_of
from app.core.clock import Clock
from app.core.config import AuthSettings

CACHE_SECONDS = 60.0  # how long a key that was withdrawn may still be honoured
CACHE_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class _Remembered:
    caller: Caller
    forget_at: float  # monotonic
    expires_at: float  # the token's own time


class Authenticator:
    """Turns bearer tokens into callers."""

    def __init__(self, verifier: TokenVerifier, api_keys: ApiKeys, settings: AuthSettings, clock: Clock) -> None:
        self._verifier = verifier
        self._api_keys = api_keys
        self._org_claim = settings.org_claim
        self._default_scopes = frozenset(settings.default_scopes)
        self._clock = clock
        self._remembered: dict[bytes, _Remembered] = {}

    async def authenticate(self, authorization: Sequence[str]) -> Caller:
        """Return the caller that the request's Authorization headers stand for. Raises `AuthenticationError`."""
        token = _bearer_token(authorization)
        return await (self._api_keys.caller(token) if is_api_key(token) else self._bearer_of_jwt(token))

    async def aclose(self) -> None:
        """Stop looking after the issuers' keys."""
        await self._verifier.aclose()

    async def _bearer_of_jwt(self, token: str) -> Caller:
        digest = hashlib.sha256(token.encode()).digest()
        known = self._recall(digest)
        if known is not None:
            return known
        verified = await self._verifier.verify(token)
        caller = self._caller(verified)
        self._remember(digest, caller, verified.expires_at)
        return caller

    def _recall(self, digest: bytes) -> Caller | None:
        found = self._remembered.get(digest)
        if found is None:
            return None
        if self._clock.monotonic() < found.forget_at and self._clock.now().timestamp() < found.expires_at:
            return found.caller
        del self._remembered[digest]
        return None

    def _remember(self, digest: bytes, caller: Caller, expires_at: float) -> None:
        while len(self._remembered) >= CACHE_ENTRIES:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[digest] = _Remembered(caller, self._clock.monotonic() + CACHE_SECONDS, expires_at)

    def _caller(self, verified: Verified) -> Caller:
        claims = verified.claims
        try:
            scopes = granted_scopes(claims, self._default_scopes)
        except ValueError as error:
            raise TokenInvalidError(str(error)) from None
        organization = claims.get(self._org_claim)
        org_id = verified.subject if organization is None else name_of(organization, self._org_claim)
        token_id = claims.get("jti")
        jti = None if token_id is None else name_of(token_id, "jti")
        return Caller(org_id, verified.subject, scopes, jti, verified.expires_at)


def token_key(authorization: Sequence[str]) -> str:
    """Return what requests of an accepted token are counted by, from which it cannot be told.

    A JWT counts without its signature, which has several spellings. Raises `AuthenticationError`.
    """
    token = _bearer_token(authorization)
    return hashlib.sha256((token.rpartition(".")[0] or token).encode()).hexdigest()


def _bearer_token(authorization: Sequence[str]) -> str:
    if len(authorization) > 1:
        raise TokenInvalidError("there are several Authorization headers")
    scheme, _, token = "".join(authorization).strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissingError
    return token.strip()
