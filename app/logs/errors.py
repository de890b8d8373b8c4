"""What can go wrong with reading logs."""

from app.core.errors import Fault, InvalidRequestError, VirgaError


class StatusContradictedError(InvalidRequestError):
    def __init__(self, status: str, level: str) -> None:
        message = f'is another name of status, so it cannot be "{level}" where status is "{status}"; send one of both'
        super().__init__(f"level: {message}.", faults=[Fault("level", message)])


LOG_ERRORS: tuple[type[VirgaError], ...] = (StatusContradictedError,)
