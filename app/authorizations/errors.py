"""What can go wrong with an authorization."""

from collections.abc import Sequence

from app.core.errors import ConflictError, NotFoundError, UnavailableError, VirgaError

_NAMED_AT_MOST = 20  # workflows that the message spells out


class AuthorizationNotFoundError(NotFoundError):
    code = "authorization_not_found"
    explanation = (
        "There is no authorization with this id in your organization. It may have been deleted, or belong to somebody"
        " else."
    )

    def __init__(self, authorization_id: str) -> None:
        super().__init__(f'There is no authorization "{authorization_id}".')


class AuthorizationInUseError(ConflictError):
    code = "authorization_in_use"
    explanation = (
        "Workflows name this authorization, and would fail without it. The message lists them; give them another"
        " `authorization_id`, or delete them, first."
    )

    def __init__(self, workflows: Sequence[tuple[str, str]]) -> None:
        """Take (id, name) of each workflow."""
        named = ", ".join(f'"{name}" ({workflow_id})' for workflow_id, name in workflows[:_NAMED_AT_MOST])
        rest = len(workflows) - _NAMED_AT_MOST
        more = f" and {rest} more" if rest > 0 else ""
        super().__init__(f"The authorization is used by {named}{more}.")


class SignInUnavailableError(UnavailableError):
    """Nobody can sign in now. `reason` ends a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Signing in is not possible at the moment: {reason}.")


class SignInNotSetUpError(ConflictError):
    code = "sign_in_not_set_up"
    explanation = (
        "This server knows no provider at which one could sign in. Its operator names one in `VIRGA_OAUTH__ISSUER` and"
        " `VIRGA_OAUTH__CLIENT_ID`."
    )

    def __init__(self) -> None:
        super().__init__(
            "Signing in is not set up on this server: its operator has to name the provider in VIRGA_OAUTH__ISSUER and"
            " VIRGA_OAUTH__CLIENT_ID."
        )


AUTHORIZATION_ERRORS: tuple[type[VirgaError], ...] = (
    AuthorizationNotFoundError,
    AuthorizationInUseError,
    SignInUnavailableError,
    SignInNotSetUpError,
)
