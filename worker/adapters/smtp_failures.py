"""What went wrong between us and a mail server, as one sentence that names the server, and whether to try again."""

import ssl

from aiosmtplib import SMTPException, SMTPResponseException, SMTPServerDisconnected

from app.graph.errors import PermanentError, StepError, TemporaryError
from app.graph.foreign import repair_text
from app.outbound.failures import certificate_refused, no_tls

_TOO_LARGE = 552  # of the message; a recipient's full mailbox is told of that recipient alone


def explain(error: Exception, host: str, doing: str) -> StepError:
    """Return the error that the author is told. `doing` is what the server would not do: `refused the sender`."""
    if isinstance(error, SMTPResponseException):
        return _answered(error, host, doing)
    cause = error.__cause__ if isinstance(error, SMTPException) and error.__cause__ else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return certificate_refused(host, cause)
    if isinstance(cause, ssl.SSLError):
        return no_tls(host)
    if isinstance(error, SMTPServerDisconnected | OSError):
        return TemporaryError(f"{host} closed the connection before it had accepted the message")
    return _nonsense(host)


def words(text: str) -> str:
    """Return a server's words on one line, without what cannot be kept."""
    return " ".join(repair_text(text).split())


def _answered(error: SMTPResponseException, host: str, doing: str) -> StepError:
    if not 200 <= error.code < 600:
        return _nonsense(host)
    what = f"the message is too large for {host}" if error.code == _TOO_LARGE else f"{host} {doing}"
    message = f"{what}: {error.code} {words(error.message)}".rstrip()
    return TemporaryError(message) if 400 <= error.code < 500 else PermanentError(message)


def _nonsense(host: str) -> PermanentError:
    return PermanentError(f"{host} sent an answer that is not valid SMTP")
