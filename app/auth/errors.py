"""Why a caller is not let in."""

from app.core.errors import AuthenticationError, PermissionDeniedError, VirgaError

_CHALLENGE = {"WWW-Authenticate": "Bearer"}


class TokenMissingError(AuthenticationError):
    code = "token_missing"
    explanation = "The route needs a bearer token. Send the header `Authorization: Bearer` with a token after it."

    def __init__(self) -> None:
        message = 'This route needs a token: send the header "Authorization: Bearer <token>".'
        super().__init__(message, headers=_CHALLENGE)


class TokenInvalidError(AuthenticationError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"The token was refused: {reason}.", headers=_CHALLENGE)


class TokenExpiredError(AuthenticationError):
    code = "token_expired"
    explanation = (
        "The bearer token was valid once, and its time (`exp`, or an API key's `expires_at`) is over. Get a new one."
    )

    def __init__(self) -> None:
        super().__init__("The token has expired; get a new one.", headers=_CHALLENGE)


class ScopeMissingError(PermissionDeniedError):
    def __init__(self, scope: str) -> None:
        challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        super().__init__(f'The token lacks the scope "{scope}".', headers=challenge)


class ApiKeyRefusedError(PermissionDeniedError):
    def __init__(self, scope: str) -> None:
        challenge = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
        message = f'API keys cannot do this: they start runs and read them. It takes a token with the scope "{scope}".'
        super().__init__(message, headers=challenge)


AUTH_ERRORS: tuple[type[VirgaError], ...] = (
    TokenMissingError,
    TokenInvalidError,
    TokenExpiredError,
    ScopeMissingError,
    ApiKeyRefusedError,
)
