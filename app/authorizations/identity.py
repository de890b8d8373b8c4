"""Who signed in: the provider's id token, checked like any token from outside; userinfo where that lacks an e-mail."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from app.auth.issuers import Issuer
from app.auth.key_sets import JwkSet, over_http
from app.auth.tokens import TokenVerifier
from app.authorizations.discovery import Metadata
from app.authorizations.grants import Grant
from app.authorizations.provider import Provider
from app.core.clock import Clock
from app.core.errors import AuthenticationError
from app.core.json import JsonValue, loads_object
from app.graph.errors import StepError
from app.graph.ports import Http

LEEWAY_SECONDS = 30.0
MAX_EMAIL = 320  # characters that an address can have
_ALGORITHMS = ("RS256", "ES256")  # never none, and never HS256, whose key would be the client's secret

log = structlog.get_logger()


class UntrustedError(Exception):
    """The provider's answer does not prove who signed in. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Identity:
    """An account at the provider."""

    subject: str
    email: str | None


class Identities:
    """Reads identities out of grants; keeps the provider's signature keys."""

    def __init__(self, provider: Provider, http: Http, clock: Clock) -> None:
        self.provider = provider
        self._http = http
        self._clock = clock
        self._keys: tuple[str, JwkSet] | None = None

    async def read(self, grant: Grant, nonce: str) -> Identity:
        """Return who signed in. Raises `UntrustedError`, `UnavailableError` (no keys), `StepError`."""
        if grant.id_token is None:
            raise UntrustedError("The provider sent no id token, so nobody knows who signed in.")
        metadata = await self.provider.metadata()
        try:
            verified = await (await self._verifier(metadata)).verify(grant.id_token)
        except AuthenticationError as error:
            raise UntrustedError(f"The provider's id token cannot be trusted. {error.message}") from None
        self._check(verified.claims, nonce)
        email = _email(verified.claims) or await self._asked(grant.access_token, verified.subject)
        return Identity(verified.subject, email)

    async def aclose(self) -> None:
        """Give up fetching keys."""
        if self._keys is not None:
            await self._keys[1].aclose()

    async def _verifier(self, metadata: Metadata) -> TokenVerifier:
        keys = await self._keys_at(metadata.jwks_uri)
        issuer = Issuer(metadata.issuer, self.provider.client.id, frozenset(_ALGORITHMS), keys)
        return TokenVerifier({metadata.issuer: issuer}, self._clock, LEEWAY_SECONDS)

    async def _keys_at(self, url: str) -> JwkSet:
        if self._keys is None or self._keys[0] != url:
            await self.aclose()
            self._keys = url, JwkSet(self.provider.name, over_http(self._http, url), _ALGORITHMS, self._clock)
        return self._keys[1]

    def _check(self, claims: Mapping[str, JsonValue], nonce: str) -> None:
        """Check what id tokens have beyond other tokens. Source: OpenID Connect Core 1.0, section 3.1.3.7."""
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise UntrustedError("The provider's id token belongs to another sign-in (nonce).")
        audience = claims.get("aud")
        default = None if isinstance(audience, list) and len(audience) > 1 else self.provider.client.id
        if claims.get("azp", default) != self.provider.client.id:
            raise UntrustedError("The provider's id token was made for another client (azp).")

    async def _asked(self, access_token: str, subject: str) -> str | None:
        """Ask the provider for the e-mail address. Without one the authorization works as well."""
        try:
            answer = await self.provider.userinfo(access_token)
            told = loads_object(answer.body) if answer is not None and answer.status == 200 else {}
        except (StepError, ValueError) as error:
            log.warning("userinfo_unread", provider=self.provider.name, reason=str(error))
            return None
        return _email(told) if told.get("sub") == subject else None


def _email(claims: Mapping[str, JsonValue]) -> str | None:
    email = claims.get("email")
    return email if isinstance(email, str) and email.isprintable() and 0 < len(email) <= MAX_EMAIL else None
