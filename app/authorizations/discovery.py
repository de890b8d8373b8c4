"""What a provider says of itself: the discovery document behind its issuer's name, read rarely and checked."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from app.core.clock import Clock
from app.core.json import JsonObject, loads_object
from app.graph.errors import PermanentError, StepError
from app.graph.ports import Http, HttpCall

FRESH_SECONDS = 3600.0
RETRY_SECONDS = 5.0  # between two tries while the provider cannot be read
CALL_SECONDS = 5.0
_MAX_BYTES = 256 * 1024
_PATH = "/.well-known/openid-configuration"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint", "revocation_endpoint")
_BASIC = "client_secret_basic"
_POST = "client_secret_post"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where a provider does what, and how it wants clients to authenticate."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    revocation_endpoint: str | None
    client_authentication: str


class Discovery:
    """Reads the document at first need and then once an hour; the last good one is kept through outages."""

    def __init__(self, issuer: str, http: Http, clock: Clock) -> None:
        self.issuer = issuer
        self._http = http
        self._clock = clock
        self._known: Metadata | None = None
        self._read_again_at = 0.0
        self._reading = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """Return what the provider says. Raises `StepError` while it has never been read."""
        async with self._reading:
            if self._known is None or self._clock.monotonic() >= self._read_again_at:
                self._known = await self._renewed()
            return self._known

    async def _renewed(self) -> Metadata:
        try:
            found = await self._read()
        except StepError as error:
            if self._known is None:
                raise
            log.warning("discovery_not_renewed", issuer=self.issuer, reason=error.message)
            self._read_again_at = self._clock.monotonic() + RETRY_SECONDS
            return self._known
        self._read_again_at = self._clock.monotonic() + FRESH_SECONDS
        return found

    async def _read(self) -> Metadata:
        url = self.issuer.rstrip("/") + _PATH
        headers = [("Accept", "application/json")]
        answer = await self._http.call(HttpCall("GET", url, headers, None, CALL_SECONDS, _MAX_BYTES))
        if answer.status != 200:
            raise PermanentError(f"the provider's discovery document was answered with status {answer.status}")
        try:
            document = loads_object(answer.body)
        except ValueError:
            raise PermanentError("the provider's discovery document is not a JSON object") from None
        return read_metadata(document, self.issuer)


def read_metadata(document: JsonObject, issuer: str) -> Metadata:
    """Read a document that must be the issuer's own. Raises `PermanentError`."""
    if document.get("issuer") != issuer:
        raise PermanentError(f"the provider's discovery document names another issuer than {issuer}")
    secure = urlsplit(issuer).scheme == "https"
    found = {name: _endpoint(document, name, secure=secure) for name in _ENDPOINTS}
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_needed(found, "authorization_endpoint"),
        token_endpoint=_needed(found, "token_endpoint"),
        jwks_uri=_needed(found, "jwks_uri"),
        userinfo_endpoint=found["userinfo_endpoint"],
        revocation_endpoint=found["revocation_endpoint"],
        client_authentication=_authentication(document),
    )


def _endpoint(document: JsonObject, name: str, *, secure: bool) -> str | None:
    """Return a URL that a browser or we may go to; one that is not safe to go to counts as missing."""
    url = document.get(name)
    schemes = ("https://",) if secure else ("https://", "http://")
    return url if isinstance(url, str) and url.lower().startswith(schemes) else None


def _needed(found: dict[str, str | None], name: str) -> str:
    url = found[name]
    if url is None:
        raise PermanentError(f"the provider's discovery document has no usable {name}")
    return url


def _authentication(document: JsonObject) -> str:
    """Return the method for clients with a secret. Source: OpenID Connect Discovery 1.0, section 3."""
    offered = document.get("token_endpoint_auth_methods_supported")
    return _POST if isinstance(offered, list) and _BASIC not in offered and _POST in offered else _BASIC
