"""The outside, as nodes see it. Implemented in `worker.adapters`; tests ship written doubles."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from app.graph.ssh_host_key import HostKey
from app.graph.ssh_report import CommandEnd, Printed


@dataclass(frozen=True, slots=True)
class HttpCall:
    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None
    timeout_seconds: float  # over the whole call, redirects and body included
    max_bytes: int  # of the inflated answer
    follow_redirects: bool = False


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    reason: str
    headers: Mapping[str, str]  # lower-case names; repeated headers joined by ", "
    body: bytes  # inflated


class Http(Protocol):
    """Makes guarded outbound calls."""

    async def call(self, call: HttpCall) -> HttpAnswer:
        """Return the answer whatever its status.

        Raises `TemporaryError` (connection, timeout) or `PermanentError` (refused address, bad URL, answer too large).
        """
        ...


class Platform(Protocol):
    """Makes calls of the platform's API in the name of the workflow's authorization."""

    async def call(self, call: HttpCall) -> HttpAnswer:
        """Return the answer whatever its status. `call.url` is a path on the platform's host, such as `/v1/sites`.

        Raises `TemporaryError` and `PermanentError` as `Http` does, and where there is no authorization to call with.
        """
        ...


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
    subject: str  # may be empty
    message: str
    key: str  # the same in every attempt
    sent_at: datetime
    timeout_seconds: float


class Channels(Protocol):
    """Notifies people by the channels that the operator has set up."""

    async def deliver(self, notification: Notification) -> None:
        """Return once it is delivered. Raises `TemporaryError`, and `PermanentError` also for an unknown channel."""
        ...


@dataclass(frozen=True, slots=True)
class SshTarget:
    """A host, who logs in there with a password or a private key, and the key that the host must show."""

    host: str
    port: int
    username: str = field(repr=False)
    password: str | None = field(repr=False)
    private_key: str | None = field(repr=False)  # the text of a file, in OpenSSH's form or as PEM
    passphrase: str | None = field(repr=False)
    host_key: HostKey | None  # None: whichever it shows
    timeout_seconds: float  # from the connection to the end of the last command


class SshSession(Protocol):
    """A connection on which somebody is logged in."""

    @property
    def host_key(self) -> HostKey:
        """Return the key that the host has shown."""
        ...

    async def run(self, command: str, printed: Printed) -> CommandEnd:
        """Run a command in a channel of its own until it ends, or has printed too much.

        Raises `TemporaryError` (lost connection) or `PermanentError` (the host runs no commands).
        """
        ...


class Ssh(Protocol):
    """Opens guarded SSH connections, which know nothing but what the target says."""

    def connect(self, target: SshTarget) -> AbstractAsyncContextManager[SshSession]:
        """Connect and log in. The connection is closed at the end of the block, and what still runs there cut off.

        Entering and leaving it raises `TemporaryError` (connection, timeout) or `PermanentError` (refused address,
        another host key, credentials that are not accepted or cannot be read).
        """
        ...


@dataclass(frozen=True, slots=True)
class Outside:
    """Every way out that a step has."""

    http: Http
    platform: Platform
    mail: Mail
    channels: Channels
    ssh: Ssh
