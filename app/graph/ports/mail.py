"""Mail, and notifications by the channels that the operator has set up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from app.graph.ports.departure import FREE, Departure

MailSecurity = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    security: MailSecurity
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Mailing:
    """One message, and whom the server is asked to take it to."""

    server: MailServer
    sender: str
    recipients: Sequence[str]
    message: bytes  # complete, with lines that end in CRLF
    is_international: bool  # has addresses with letters beyond ASCII before the @
    timeout_seconds: float  # over the whole conversation
    departure: Departure = field(default=FREE, repr=False, compare=False)  # asked before the message itself


@dataclass(frozen=True, slots=True)
class RefusedRecipient:
    address: str
    code: int  # 4xx: the same may be taken later
    reason: str  # in the server's words, which may be many


class Mail(Protocol):
    """Hands messages to mail servers."""

    async def send(self, mailing: Mailing) -> Sequence[RefusedRecipient]:
        """Return the recipients that the server refused. Where these are all, nothing was sent.

        Raises `TemporaryError` (connection, timeout, a 4xx) or `PermanentError` (refused address, wrong password,
        another 5xx, no TLS where it is wanted).
        """
        ...


@dataclass(frozen=True, slots=True)
class Notification:
    channel: str
    subject: str = field(repr=False)  # may be empty
    message: str = field(repr=False)
    key: str  # the same in every attempt
    sent_at: datetime
    timeout_seconds: float
    secrets: tuple[str, ...] = field(default=(), repr=False)  # what it says that no answer to it may tell
    departure: Departure = field(default=FREE, repr=False, compare=False)  # asked before it goes out


class Channels(Protocol):
    """Notifies people by the channels that the operator has set up."""

    async def deliver(self, notification: Notification) -> None:
        """Return once it is delivered. Raises `TemporaryError`, and `PermanentError` also for an unknown channel."""
        ...
