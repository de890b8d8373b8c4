"""What can go wrong with a request that carries an `Idempotency-Key`."""

from app.core.errors import ConflictError, Fault, InvalidRequestError, VirgaError

HEADER = "Idempotency-Key"


class IdempotencyKeyReusedError(InvalidRequestError):
    code = "idempotency_key_reused"
    explanation = (
        "The `Idempotency-Key` was sent within the last 24 hours with another body or another query to the same"
        " address. A key belongs to one request: repeat that one unchanged, or take a new key."
    )

    def __init__(self) -> None:
        message = "This key came with another request already; a key belongs to one body and query"
        super().__init__(f"{message}.", faults=[Fault(HEADER, message)])


class IdempotencyInProgressError(ConflictError):
    code = "idempotency_in_progress"
    explanation = (
        "A request with the same `Idempotency-Key` has been under way for more than 10 seconds. Send it again a little"
        " later: it will get the answer of the first one, or be carried out where that one failed."
    )

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still being carried out; send it again later.")


IDEMPOTENCY_ERRORS: tuple[type[VirgaError], ...] = (IdempotencyKeyReusedError, IdempotencyInProgressError)
IDEMPOTENCY_REFUSALS: tuple[VirgaError, ...] = (IdempotencyKeyReusedError(), IdempotencyInProgressError())
