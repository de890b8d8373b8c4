"""What went wrong on the wire, as one sentence that names the host and the cause, and whether to try again."""

import aiohttp
import httpx

from app.graph.errors import PermanentError, StepError, TemporaryError


class RefusedAddressError(OSError):
    """The policy does not admit the address. Its text is always the same, so that it tells nothing about the port."""

    def __init__(self) -> None:
        super().__init__("refused by the egress policy")


def not_resolved(host: str) -> TemporaryError:
    """Return the failure of a name that has no address."""
    return TemporaryError(f"the name {host} could not be resolved")


def not_connected(host: str) -> TemporaryError:
    """Return the failure of a host that does not take connections, for whatever reason."""
    return TemporaryError(f"could not connect to {host}")


def no_tls(host: str) -> TemporaryError:
    """Return the failure of a connection over which TLS could not be spoken."""
    return TemporaryError(f"no TLS connection to {host} could be made")


def certificate_refused(host: str, error: Exception) -> PermanentError:
    """Return the failure of a host whose certificate was not accepted; `error` is the TLS library's."""
    reason = str(getattr(error, "verify_message", "")) or "it was not accepted"
    return PermanentError(f"the TLS certificate of {host} is not valid: {reason}")


def explain(error: Exception, host: str, refusal: str) -> StepError:
    """Turn a failure of the transport into the error that the caller is told. `refusal` is the policy's sentence."""
    cause = error.__cause__ if isinstance(error, httpx.HTTPError) and error.__cause__ else error
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return not_resolved(host)
    if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.ClientSSLError):
        return _failed_connection(cause, host, refusal)
    if isinstance(cause, aiohttp.ClientPayloadError):
        return TemporaryError(f"the answer of {host} broke off")
    if isinstance(cause, aiohttp.ClientResponseError | ValueError):
        return PermanentError(f"{host} sent an answer that is not valid HTTP")
    return TemporaryError(f"{host} closed the connection before it had answered")


def _failed_connection(cause: BaseException, host: str, refusal: str) -> StepError:
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        return certificate_refused(host, cause.certificate_error)
    if isinstance(cause, aiohttp.ClientConnectorError):
        if isinstance(cause.os_error, RefusedAddressError):
            return PermanentError(refusal.format(host=host))
        if isinstance(cause, aiohttp.ClientConnectorSSLError):
            return no_tls(host)
    return not_connected(host)
