"""Commands on other hosts."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from app.graph.ports.departure import FREE, Departure
from app.graph.ssh_host_key import HostKey
from app.graph.ssh_report import CommandEnd, Printed


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
    departure: Departure = field(default=FREE, repr=False, compare=False)  # asked before each command


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
