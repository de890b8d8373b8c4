"""What can go wrong with a form that somebody opens or answers."""

from app.core.errors import ConflictError, NotFoundError, VirgaError


class InteractionNotFoundError(NotFoundError):
    code = "interaction_not_found"
    explanation = "There is no form at this address, and there never was: perhaps a part of it was cut off."

    def __init__(self) -> None:
        super().__init__("There is no form at this address; perhaps a part of it was cut off.")


class InteractionClosedError(ConflictError):
    status = 410
    code = "interaction_closed"
    explanation = (
        "The form cannot be answered any more: somebody has answered it, its time has passed, or the run that asked has"
        " ended. Of two answers that come at the same moment the first one counts."
    )

    def __init__(self) -> None:
        super().__init__("The form has been answered already, its time has passed, or the run that asked has ended.")


INTERACTION_ERRORS: tuple[type[VirgaError], ...] = (InteractionNotFoundError, InteractionClosedError)
