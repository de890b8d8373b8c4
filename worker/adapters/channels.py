"""The channels of `send_notification`: what the operator has set up, by name, and nothing of it in what comes back."""

import asyncio
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Protocol
from urllib.parse import urlsplit

from app.core.config import ChannelSettings
from app.core.errors import SetupError
from app.core.json import dumps
from app.graph.delivery import delivered
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.foreign import decode_text, repair_text
from app.graph.http_answer import is_expected, is_temporary, pause_seconds, status_line
from app.graph.http_request import check_url
from app.graph.letter import Letter
from app.graph.mail_auth import plain_credentials
from app.graph.mail_settings import DEFAULT_PORTS
from app.graph.mailboxes import mailboxes_of, one_line, one_mailbox_of
from app.graph.ports import Http, HttpAnswer, HttpCall, Mail, Mailing, MailServer, Notification
from app.graph.redaction import Masker

ANSWER_BYTES = 65_536  # of a webhook, which says a word or two
_FAILURE_CHARACTERS = 500
_TOKEN_CHARACTERS = 12  # of a part of a URL that may be its secret; shorter ones are words


class Channel(Protocol):
    """One way to people."""

    @property
    def secrets(self) -> Collection[str]:
        """Return everything that the operator has set up."""
        ...

    @property
    def masker(self) -> Masker:
        """Return what masks it."""
        ...

    async def deliver(self, notification: Notification, masker: Masker) -> None:
        """See `Channels.deliver`. What servers say is masked before it is cut short."""
        ...


class ConfiguredChannels:
    """Implements `app.graph.ports.Channels`. `http` and `mail` reach hosts that the operator names.

    Raises `SetupError` for a channel that cannot be used.
    """

    def __init__(self, settings: Mapping[str, ChannelSettings], http: Http, mail: Mail) -> None:
        self._channels = {name.lower(): _channel(name, one, http, mail) for name, one in settings.items()}

    async def deliver(self, notification: Notification) -> None:
        """See the port."""
        channel = self._channels.get(notification.channel.strip().lower())
        if channel is None:
            raise PermanentError(self._unknown(notification.channel))
        own = notification.secrets
        masker = Masker((*channel.secrets, *own)) if own else channel.masker
        try:
            await channel.deliver(notification, masker)
        except StepError as error:
            message = masker.text(error.message)[:_FAILURE_CHARACTERS]
            raise replace(error, message=message, output={}) from None

    def _unknown(self, name: str) -> str:
        if not self._channels:
            return "no channels are set up on this server (VIRGA_CHANNELS)"
        return f'there is no channel "{name[:60]}" on this server; there are: {", ".join(sorted(self._channels))}'


def _channel(name: str, settings: ChannelSettings, http: Http, mail: Mail) -> Channel:
    try:
        return _Webhook(settings, http) if settings.type == "webhook" else _Post(settings, mail)
    except ValueError as error:
        raise SetupError(f"VIRGA_CHANNELS__{name.upper()}: {error}") from None


class _Webhook:
    """An incoming webhook as Slack, Mattermost and Teams have them."""

    def __init__(self, settings: ChannelSettings, http: Http) -> None:
        self._url = check_url(settings.url.get_secret_value() if settings.url else "")
        self._http = http
        self.secrets = frozenset(_secret_parts(self._url))
        self.masker = Masker(self.secrets)

    async def deliver(self, notification: Notification, masker: Masker) -> None:
        answer = await self._http.call(self._call(notification))
        if is_expected(answer.status, ("2xx",)):
            return
        status = status_line(replace(answer, reason=masker.text(answer.reason)))
        message = f"the webhook answered {status}{_said(answer)}"
        if is_temporary(answer.status):
            raise TemporaryError(message, delay_seconds=pause_seconds(answer, notification.sent_at))
        raise PermanentError(message)

    def _call(self, notification: Notification) -> HttpCall:
        subject, message = one_line(notification.subject), repair_text(notification.message)
        body = {"text": f"{subject}\n\n{message}", "subject": subject} if subject else {"text": message}
        return HttpCall(
            method="POST",
            url=self._url,
            headers=[("Content-Type", "application/json"), ("Idempotency-Key", notification.key)],
            body=dumps(body).encode(),
            timeout_seconds=notification.timeout_seconds,
            max_bytes=ANSWER_BYTES,
            departure=notification.departure,
        )


class _Post:
    """Mail to the same people every time."""

    def __init__(self, settings: ChannelSettings, mail: Mail) -> None:
        self._mail = mail
        self._server = MailServer(
            host=(settings.host or "").strip(),
            port=settings.port or DEFAULT_PORTS[settings.security],
            security=settings.security,
            username=settings.username,
            password=settings.password.get_secret_value() if settings.password else None,
        )
        self._sender = one_mailbox_of("from", settings.sender)
        self._to = mailboxes_of("to", settings.to)
        if not self._to:
            raise ValueError('"to" names nobody; give at least one address.')
        self.secrets = frozenset(self._own_secrets())
        self.masker = Masker(self.secrets)

    async def deliver(self, notification: Notification, masker: Masker) -> None:
        letter = Letter(
            sender=self._sender,
            to=self._to,
            subject=notification.subject,
            text=notification.message,
            key=notification.key,
            sent_at=notification.sent_at,
        )
        mailing = Mailing(
            server=self._server,
            sender=self._sender.address,
            recipients=letter.recipients,
            message=await asyncio.to_thread(letter.written),
            is_international=letter.is_international,
            timeout_seconds=notification.timeout_seconds,
            departure=notification.departure,
        )
        refused = await self._mail.send(mailing)
        delivered(mailing, [replace(one, reason=masker.text(one.reason)) for one in refused])

    def _own_secrets(self) -> Iterator[str]:
        server = self._server
        yield from (one.address for one in (self._sender, *self._to))
        yield from filter(None, (server.host, server.username, server.password))
        if server.password:
            yield plain_credentials(server)


def _secret_parts(url: str) -> Iterator[str]:
    """Give a webhook's address, and the parts of it that somebody may say back."""
    parts = urlsplit(url)
    behind = url.partition(parts.netloc)[2]
    yield from filter(None, (url, behind, parts.path.strip("/"), parts.query, parts.netloc, parts.hostname))
    yield from (word for word in re.split(r"[/?&=#]", behind) if len(word) >= _TOKEN_CHARACTERS)


def _said(answer: HttpAnswer) -> str:
    """Return what a webhook says is wrong, such as `: no_service`."""
    text = " ".join((decode_text(answer.body, answer.headers.get("content-type", "")) or "").split())
    return f": {text}" if text else ""
