"""An OpenID provider as its client sees it: sending users there, and trading codes and refresh tokens for tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import structlog

from app.authorizations.discovery import Discovery, Metadata
from app.authorizations.grants import Grant, read_grant
from app.core.clock import Clock
from app.core.config import OAuthSettings
from app.core.errors import SetupError
from app.graph.errors import PermanentError, StepError
from app.graph.ports import Http, HttpAnswer, HttpCall

CALLBACK_PATH = "/workflows/authorization/callback"
CALL_SECONDS = 10.0  # an answer that is given up may hold the only refresh token that still works
REVOKE_SECONDS = 5.0
OPENID = "openid"
OFFLINE = "offline_access"
_MAX_BYTES = 64 * 1024
_FORM = "application/x-www-form-urlencoded"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Client:
    """Who we are at the provider, and where it sends browsers back to."""

    id: str
    secret: str | None
    scopes: Sequence[str]
    redirect_uri: str


class Provider:
    """One provider. Its endpoints are known from discovery."""

    def __init__(self, name: str, client: Client, discovery: Discovery, http: Http) -> None:
        self.name = name
        self.client = client
        self._discovery = discovery
        self._http = http
        self._oauth = import_module("app.authorizations.oauth")

    @property
    def issuer(self) -> str:
        return self._discovery.issuer

    async def metadata(self) -> Metadata:
        """Return what the provider says of itself. Raises `StepError`."""
        return await self._discovery.metadata()

    async def sign_in_url(self, state: str, nonce: str, verifier: str) -> str:
        """Return where a user signs in. Raises `StepError` where the provider cannot be asked."""
        metadata = await self.metadata()
        # Asked for by OpenID Connect Core 1.0, section 11, where a refresh token is wanted.
        prompt = "consent" if OFFLINE in self.client.scopes else None
        asked = {"redirect_uri": self.client.redirect_uri, "state": state, "nonce": nonce, "prompt": prompt}
        endpoint, client = metadata.authorization_endpoint, self.client
        url: str = self._oauth.sign_in_url(endpoint, client.id, client.scopes, verifier, asked)
        return url

    async def exchange(self, code: str, verifier: str) -> Grant:
        """Trade an authorization code for tokens. Raises `RefusedError`, `StepError`."""
        form = self._oauth.token_form(
            "authorization_code", code=code, redirect_uri=self.client.redirect_uri, code_verifier=verifier
        )
        return read_grant(await self._post((await self.metadata()).token_endpoint, form, CALL_SECONDS))

    async def refresh(self, refresh_token: str) -> Grant:
        """Trade a refresh token for a new access token. Raises `RefusedError`, `StepError`."""
        form = self._oauth.token_form("refresh_token", refresh_token=refresh_token)
        return read_grant(await self._post((await self.metadata()).token_endpoint, form, CALL_SECONDS))

    async def userinfo(self, access_token: str) -> HttpAnswer | None:
        """Return what the provider tells of a user, None where it has no such endpoint. Raises `StepError`."""
        url = (await self.metadata()).userinfo_endpoint
        if url is None:
            return None
        headers = [("Accept", "application/json"), ("Authorization", f"Bearer {access_token}")]
        return await self._http.call(HttpCall("GET", url, headers, None, CALL_SECONDS, _MAX_BYTES))

    async def revoke(self, token: str) -> None:
        """Ask the provider to forget a token, if it takes such requests (RFC 7009). Nothing is raised."""
        try:
            url = (await self.metadata()).revocation_endpoint
            if url is None:
                return
            form = self._oauth.revocation_form(token)
            answer = await self._post(url, form, REVOKE_SECONDS)
            if answer.status != 200:
                raise PermanentError(f"it was answered with status {answer.status}")
        except StepError as error:
            log.warning("token_not_revoked", provider=self.name, reason=error.message)

    async def _post(self, url: str, form: str, seconds: float) -> HttpAnswer:
        method = (await self.metadata()).client_authentication if self.client.secret else "none"
        client = (self.client.id, self.client.secret, method)
        plain = {"Content-Type": _FORM, "Accept": "application/json"}
        url, headers, body = self._oauth.signed(client, url, plain, form)
        return await self._http.call(HttpCall("POST", url, list(headers.items()), body.encode(), seconds, _MAX_BYTES))


def open_provider(settings: OAuthSettings, public_url: str, http: Http, clock: Clock) -> Provider | None:
    """Return the provider that the operator has named, None where he has not. Raises `SetupError`."""
    if settings.issuer is None:
        return None
    if not settings.issuer.startswith(("https://", "http://")):
        raise SetupError("VIRGA_OAUTH__ISSUER must start with https:// or http://.")
    if settings.client_id is None:
        raise SetupError("VIRGA_OAUTH__CLIENT_ID is not set, though VIRGA_OAUTH__ISSUER is.")
    if OPENID not in settings.scopes:
        raise SetupError(
            f'VIRGA_OAUTH__SCOPES must have "{OPENID}": without it the provider does not say who signed in.'
        )
    secret = settings.client_secret.get_secret_value() if settings.client_secret else None
    client = Client(settings.client_id, secret, settings.scopes, public_url + CALLBACK_PATH)
    return Provider(settings.provider, client, Discovery(settings.issuer, http, clock), http)
