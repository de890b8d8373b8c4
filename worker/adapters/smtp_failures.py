"""What went wrong between us and a mail server, as one sentence that names the server, and whether to try again."""

import ssl

from aiosmtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected

from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.foreign import repair_text
from app.graph.ports import MailServer
from app.outbound.failures import certificate_refused, no_tls

_TOO_LARGE = 552  # of the message; a recipient's full mailbox is told of that recipient alone


def explain(error: Exception, server: MailServer, doing: str) -> StepError:
    """Return the error that the author is told. `doing` is what the server would not do: `refused the sender`."""
    host = server.host
    if isinstance(error, SMTPResponseException):
        return _answered(error, host, doing)
    cause = error.__cause__ if isinstance(error, SMTPException) and error.__cause__ else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return certificate_refused(host, cause)
    if isinstance(cause, ssl.SSLError):
        return _no_tls(server)
    if isinstance(error, SMTPServerDisconnected | OSError):
        return TemporaryError(f"{host} closed the connection before it had accepted the message")
    return _nonsense(host)


def too_slow(server: MailServer, seconds: float, *, is_mute: bool) -> TemporaryError:
    """Return the failure of a server that took too long. One that waits for TLS is mute: it does not even greet."""
    message = f"{server.host} did not answer within {seconds:g} s"
    if not is_mute or server.security == "tls":
        return TemporaryError(message)
    return TemporaryError(f"{message}; if it encrypts from the beginning, as on port 465, set the security tls")


def words(text: str) -> str:
    """Return a server's words on one line, without what cannot be kept."""
    return " ".join(repair_text(text).split())


def _no_tls(server: MailServer) -> StepError:
    error = no_tls(server.host)
    if server.security != "tls":
        return error
    return TemporaryError(f"{error.message}; try the security starttls with its port, which is often 587")


def _answered(error: SMTPResponseException, host: str, doing: str) -> StepError:
    if not 200 <= error.code < 600:
        return _nonsense(host)
    what = f"the message is too large for {host}" if error.code == _TOO_LARGE else f"{host} {doing}"
    message = f"{what}: {error.code} {words(error.message)}".rstrip()
    return TemporaryError(message) if 400 <= error.code < 500 else PermanentError(message)


def _nonsense(host: str) -> PermanentError:
    return PermanentError(f"{host} sent an answer that is not valid SMTP")
