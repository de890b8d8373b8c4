"""Ways out that learn the secrets which pass through them, so that nothing of them comes back."""

from collections.abc import Sequence
from dataclasses import replace

from app.graph.mail_auth import plain_credentials
from app.graph.ports import (
    FormLink,
    FormLinks,
    Http,
    HttpAnswer,
    HttpCall,
    Mail,
    Mailing,
    RefusedRecipient,
    VaultWriter,
)
from worker.execution.secrets import RunSecrets

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})


class WatchedHttp:
    """Learns the credentials that are sent, and masks the reason phrase before anybody cuts it short."""

    def __init__(self, http: Http, secrets: RunSecrets) -> None:
        self._http = http
        self._secrets = secrets

    async def call(self, call: HttpCall) -> HttpAnswer:
        """See `Http.call`."""
        for name, value in call.headers:
            if name.lower() in _CREDENTIALS:
                self._secrets.learn_sent(value)
                self._secrets.learn_sent(value.partition(" ")[2].strip())
        answer = await self._http.call(call)
        return replace(answer, reason=self._secrets.text(answer.reason))


class WatchedMail:
    """Learns what is sent to sign in, and masks what servers say of recipients before anybody cuts it short."""

    def __init__(self, mail: Mail, secrets: RunSecrets) -> None:
        self._mail = mail
        self._secrets = secrets

    async def send(self, mailing: Mailing) -> Sequence[RefusedRecipient]:
        """See `Mail.send`."""
        server = mailing.server
        if server.password is not None:
            self._secrets.learn_sent(plain_credentials(server))
        refused = await self._mail.send(mailing)
        return [replace(one, reason=self._secrets.text(one.reason)) for one in refused]


class LearningVault:
    """Learns the secrets that are kept, before anybody else can know them."""

    def __init__(self, vault: VaultWriter, secrets: RunSecrets) -> None:
        self._vault = vault
        self._secrets = secrets

    async def store(self, name: str, secret: str) -> str:
        """See `VaultWriter.store`."""
        self._secrets.learn(secret)
        kept = await self._vault.store(name, secret)
        self._secrets.learn(kept)
        return kept


class LearningLinks:
    """Learns the tokens of the forms that are told of, before anybody else can know them."""

    def __init__(self, links: FormLinks, secrets: RunSecrets) -> None:
        self._links = links
        self._secrets = secrets

    def issue(self) -> FormLink:
        """See `FormLinks.issue`."""
        link = self._links.issue()
        self._secrets.learn_sent(link.token)
        return link
