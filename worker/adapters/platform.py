"""The platform's API as nodes reach it: its origin, an authorization's token, and one renewal where that is refused."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from app.authorizations.renewal import Access, Renewals
from app.core.errors import SetupError
from app.graph.errors import PermanentError
from app.graph.ports import Http, HttpAnswer, HttpCall
from app.graph.redaction import MASK, Masker
from app.graph.spellings import spellings

_UNAUTHORIZED = 401


class Platforms:
    """What all runs of a worker share. `http` calls hosts that the operator names."""

    def __init__(self, http: Http, base_url: str | None, renewals: Renewals) -> None:
        if base_url is not None and not base_url.startswith(("https://", "http://")):
            raise SetupError("VIRGA_PLATFORM__BASE_URL must start with https:// or http://.")
        self.http = http
        self.base_url = base_url.rstrip("/") if base_url else None
        self.renewals = renewals

    def of_workflow(self, org_id: str, workflow_id: str) -> "AuthorizedPlatform":
        """Return the platform as the workflow's authorization of the moment of a call sees it."""
        return AuthorizedPlatform(self, lambda: self.renewals.for_workflow(org_id, workflow_id))

    def of_authorization(self, org_id: str, authorization_id: str) -> "AuthorizedPlatform":
        """Return the platform as one authorization sees it."""
        return AuthorizedPlatform(self, lambda: self.renewals.for_authorization(org_id, authorization_id))


@dataclass(frozen=True, slots=True)
class AuthorizedPlatform:
    """Implements `app.graph.ports.Platform` for one run."""

    platforms: Platforms
    find_access: Callable[[], Awaitable[Access]]

    async def call(self, call: HttpCall) -> HttpAnswer:
        """See the port. A 401 is answered by one renewal of the token and one more try."""
        if self.platforms.base_url is None:
            raise PermanentError("calls of the platform are not set up on this server (VIRGA_PLATFORM__BASE_URL)")
        outgoing = replace(call, url=self.platforms.base_url + call.url, follow_redirects=False)
        access = await self.find_access()
        answer = await self._send(outgoing, access)
        if answer.status == _UNAUTHORIZED:
            answer = await self._send(outgoing, await self.platforms.renewals.renewed(access))
        return answer

    async def _send(self, call: HttpCall, access: Access) -> HttpAnswer:
        headers = [*call.headers, ("Authorization", f"Bearer {access.token}")]
        return without(access.token, await self.platforms.http.call(replace(call, headers=headers)))


def without(token: str, answer: HttpAnswer) -> HttpAnswer:
    """Return the answer with a token masked wherever it stands: platforms may echo what they were sent."""
    body, masker = answer.body, Masker([token])
    for written in sorted(spellings(token), key=len, reverse=True):
        body = body.replace(written.encode(), MASK.encode())
    headers = {name: masker.text(value) for name, value in answer.headers.items()}
    return replace(answer, body=body, headers=headers, reason=masker.text(answer.reason))
