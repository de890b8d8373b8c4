"""What can go wrong with a call of a webhook."""

from app.core.errors import NotFoundError, VirgaError


class WebhookNotFoundError(NotFoundError):
    code = "webhook_not_found"
    explanation = (
        "No workflow listens at this address. The workflow may have been deleted, have another trigger by now, or"
        " have got a new webhook URL. `webhook_url` of the workflow has the address that works."
    )

    def __init__(self) -> None:
        super().__init__("No workflow listens at this webhook address.")


WEBHOOK_ERRORS: tuple[type[VirgaError], ...] = (WebhookNotFoundError,)
