"""What can go wrong with a call of a webhook."""

from app.core.errors import AuthenticationError, NotFoundError, VirgaError


class WebhookNotFoundError(NotFoundError):
    code = "webhook_not_found"
    explanation = (
        "No workflow listens at this address. The workflow may have been deleted, have another trigger by now, or"
        " have got a new webhook URL. `webhook_url` of the workflow has the address that works."
    )

    def __init__(self) -> None:
        super().__init__("No workflow listens at this webhook address.")


class SignatureInvalidError(AuthenticationError):
    code = "signature_invalid"
    explanation = (
        "The workflow asks for a proof of who calls its webhook, and this call has none that fits: the signature is"
        " missing, of another form, of other bytes or another secret, or too old. The signature is that of the body's"
        " bytes exactly as they are sent. The message says what is wrong; nothing was started."
    )

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"WWW-Authenticate": "Signature"})


WEBHOOK_ERRORS: tuple[type[VirgaError], ...] = (WebhookNotFoundError, SignatureInvalidError)
