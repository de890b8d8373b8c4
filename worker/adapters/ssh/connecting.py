"""SSH connections to hosts that workflows name: guarded, and without anything of the machine that they start from."""

import asyncio
import getpass
import logging
import os
import warnings
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import asyncssh
from asyncssh.auth import PasswordChangeResponse
from asyncssh.misc import MaybeAwait
from asyncssh.saslprep import SASLPrepError, saslprep

from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.ports import SshTarget
from app.graph.ssh_host_key import ALGORITHMS, HostKey
from app.outbound.dialling import Dialler
from worker.adapters.ssh.commands import Session
from worker.adapters.ssh.failures import another_key, explain, password_expired
from worker.adapters.ssh.private_keys import read_private_key

# How keys sign; an algorithm that is not here gives its name to the only way. The host takes the first that it knows.
_SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}

# Without these the library looks at the home folder and the environment of whoever has started the worker.
_NOTHING_OF_OURS: Mapping[str, object] = {
    "known_hosts": ([], [], []),  # whether the key is the right one is asked of the client
    "x509_trusted_certs": None,
    "x509_trusted_cert_paths": [],
    "agent_path": None,
    "agent_forwarding": False,
    "pkcs11_provider": None,
    "host_based_auth": False,
    "gss_host": None,
    "gss_kex": False,
    "gss_auth": False,
    "x11_forwarding": False,
    "request_pty": False,
}
_ON_THE_WIRE: Mapping[str, object] = {
    "compression_algs": ["none"],  # what is inflated has no bound
    "utf8_decode_errors": "replace",
    "encoding": None,
    "login_timeout": 0,  # the target's own time holds from the first moment on
}


class Connector:
    """Implements `app.graph.ports.Ssh`."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        asyncssh.set_log_level(logging.CRITICAL)  # what it has to say is in what it raises
        warnings.filterwarnings("ignore", "Diffie-Hellman over finite fields", module=r"asyncssh\.")  # of old hosts
        _be_somebody()

    @asynccontextmanager
    async def connect(self, target: SshTarget) -> AsyncIterator[Session]:
        """See the port."""
        client = _Client(target)
        try:
            async with asyncio.timeout(target.timeout_seconds):
                yield await self._logged_in(client)
        except TimeoutError:
            raise client.too_slow() from None
        finally:
            await client.leave()

    async def _logged_in(self, client: "_Client") -> Session:
        credentials = await _credentials(client.target)
        dialled = await self._dialler.dial(client.target.host, client.target.port)
        try:
            connection = await asyncssh.connect(
                sock=dialled,
                config=None,
                client_factory=lambda: client,
                server_host_key_algs=_signatures(client.target.host_key),
                **{**_NOTHING_OF_OURS, **_ON_THE_WIRE, **credentials},
            )
            return client.session_of(connection)
        except Exception as error:
            raise client.explained(error) from error
        finally:
            if client.connection is None:  # nobody has taken the socket over
                dialled.close()


class _Client(asyncssh.SSHClient):
    """Our side of one connection: judges the host's key, and remembers what there is to tell of a failure."""

    def __init__(self, target: SshTarget) -> None:
        self.target = target
        self.connection: asyncssh.SSHClientConnection | None = None
        self._shown: HostKey | None = None
        self._failure: StepError | None = None
        self._is_logged_in = False

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 -- the library's
        self._shown = HostKey.of_public_key(key.get_algorithm(), key.public_data)
        expected = self.target.host_key
        if expected is None or expected.fingerprint == self._shown.fingerprint:
            return True
        self._failure = another_key(self.target.host, self._shown, expected)
        return False

    def password_change_requested(self, prompt: str, lang: str) -> MaybeAwait[PasswordChangeResponse]:
        self._failure = password_expired(self.target.host)
        return super().password_change_requested(prompt, lang)

    def session_of(self, connection: asyncssh.SSHClientConnection) -> Session:
        """Return the connection on which somebody now is logged in."""
        if self._shown is None:
            raise ValueError("the host has shown no key")
        self._is_logged_in = True
        return Session(connection, self.target, self._shown)

    def explained(self, error: Exception) -> StepError:
        """Return why nobody could log in."""
        return self._failure or explain(error, self.target)

    def too_slow(self) -> StepError:
        """Return the failure of having taken longer than there is time."""
        seconds = self.target.timeout_seconds
        if self._is_logged_in:
            return TemporaryError(f"the {seconds:g} s for it were over before all commands had ended")
        return TemporaryError(f"{self.target.host} did not answer within {seconds:g} s")

    async def leave(self) -> None:
        """Close the connection at once, whatever is under way; the host is told, and not waited for."""
        if self.connection:
            self.connection.close()
            await self.connection.wait_closed()


async def _credentials(target: SshTarget) -> Mapping[str, object]:
    try:
        saslprep(target.username)
    except SASLPrepError:
        raise PermanentError("the user name has a character in it that SSH does not take") from None
    if target.private_key is None:
        return {
            "username": target.username,
            "password": target.password,
            "client_keys": None,
            "public_key_auth": False,
        }
    key = await asyncio.to_thread(read_private_key, target.private_key, target.passphrase)
    return {"username": target.username, "client_keys": [key], "password_auth": False, "kbdint_auth": False}


def _signatures(expected: HostKey | None) -> Sequence[str]:
    """Return how the host may sign, in the order of our liking: first with the key that it is known by."""
    known = expected.algorithm if expected else None
    algorithms = sorted(ALGORITHMS, key=lambda algorithm: algorithm != known)
    return [signature for algorithm in algorithms for signature in _SIGNATURES.get(algorithm, (algorithm,))]


def _be_somebody() -> None:
    """Give this process a name of its user where the system knows none, as in containers: the library insists."""
    try:
        getpass.getuser()
    except (KeyError, OSError):
        os.environ["LOGNAME"] = "virga"
