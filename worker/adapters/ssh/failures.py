"""What went wrong on an SSH connection, as one sentence that names the host and the cause, and whether to try again."""

import re

import asyncssh
import structlog
from asyncssh.constants import OPEN_CONNECT_FAILED, OPEN_RESOURCE_SHORTAGE

from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.foreign import repair_text
from app.graph.ports import SshTarget
from app.graph.ssh_host_key import HostKey

log = structlog.get_logger()

_NOTHING_IN_COMMON = re.compile(r"No matching (.+) algorithm found, sent .* and received (.*)", re.DOTALL)
_SHOWN_ALGORITHMS = 300  # characters; a host may claim thousands
_BROKEN = (
    asyncssh.ProtocolError,
    asyncssh.ProtocolNotSupported,
    asyncssh.MACError,
    asyncssh.CompressionError,
    asyncssh.KeyExchangeFailed,
)


def lost(host: str) -> TemporaryError:
    """Return the failure of a connection that ended before its time."""
    return TemporaryError(f"the connection to {host} was lost")


def explain(error: Exception, target: SshTarget) -> StepError:
    """Turn what the library has raised, or what made it stumble, into the error that the step fails with."""
    if isinstance(error, asyncssh.ChannelOpenError):
        return _no_channel(error, target.host)
    if isinstance(error, asyncssh.ConnectionLost | OSError):
        return lost(target.host)
    if isinstance(error, asyncssh.PermissionDenied | asyncssh.IllegalUserName):
        return not_let_in(target)
    if isinstance(error, asyncssh.DisconnectError):
        return _disconnected(error, target.host)
    log.warning("ssh_not_understood", error=type(error).__name__)
    return PermanentError(f"{target.host} sent what is not valid SSH")


def another_key(host: str, found: HostKey, expected: HostKey) -> PermanentError:
    """Return the failure of a host that shows another key than the one it is known by."""
    return PermanentError(
        f"{host} shows the {found.algorithm} key {found.fingerprint}, but {expected.fingerprint} was expected. Either"
        ' somebody else poses as the host, or its key was changed, or it has several: then "host_key" should be the'
        " whole public key"
    )


def not_let_in(target: SshTarget) -> PermanentError:
    """Return the failure of somebody who could not log in."""
    credentials = "password" if target.private_key is None else "private key"
    return PermanentError(f"{target.host} did not let the user in with this {credentials}")


def password_expired(host: str) -> PermanentError:
    """Return the failure of a password that is right and yet must be changed first."""
    return PermanentError(f"{host} wants the password to be changed before anybody logs in with it")


def _no_channel(error: asyncssh.ChannelOpenError, host: str) -> StepError:
    if error.code in {OPEN_CONNECT_FAILED, OPEN_RESOURCE_SHORTAGE}:
        return TemporaryError(f"{host} opens no channel for a command just now")
    return PermanentError(f"{host} does not let this user run commands")


def _disconnected(error: asyncssh.DisconnectError, host: str) -> StepError:
    """Explain a connection that either side has ended with a reason, which may hold whatever the host wants."""
    reason = repair_text(error.reason).strip()
    if found := _NOTHING_IN_COMMON.match(reason):
        return PermanentError(
            f"there is no {found[1]} algorithm that both sides know; {host} offers {found[2][:_SHOWN_ALGORITHMS]}"
        )
    message = f"the connection to {host} was ended: {reason}"
    return PermanentError(message) if isinstance(error, _BROKEN) else TemporaryError(message)
