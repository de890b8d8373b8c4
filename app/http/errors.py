"""Failures that any route can answer with, whatever the product does behind it."""

from app.core.errors import (
    AuthenticationError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    VirgaError,
)


class MalformedJsonError(InvalidRequestError):
    status = 400
    code = "malformed_json"
    explanation = "The body is not JSON in UTF-8. The message says where reading it stopped."


class MethodNotAllowedError(InvalidRequestError):
    status = 405
    code = "method_not_allowed"
    explanation = "The route exists, but not with this method. The header `Allow` lists those that it has."


class BodyTooLargeError(InvalidRequestError):
    status = 413
    code = "body_too_large"
    explanation = "The body has more bytes than the server accepts. The message names the limit."


class UnsupportedMediaTypeError(InvalidRequestError):
    status = 415
    code = "unsupported_media_type"
    explanation = (
        "The body must be plain JSON: send the header `Content-Type: application/json`, in UTF-8 and without"
        " compression. curl's `-d` alone announces a form; add `-H 'Content-Type: application/json'`."
        " Only webhooks take forms and text, too."
    )


class ParameterMissingError(InvalidRequestError):
    code = "parameter_missing"
    explanation = "A parameter or field that is required was not sent. `errors` names each one."


class RateLimitedError(VirgaError):
    status = 429
    type = "rate_limit_error"
    code = "rate_limited"
    explanation = "Too many requests in a short time. `Retry-After` says after how many seconds to try again."


GENERAL_ERRORS: tuple[type[VirgaError], ...] = (
    MalformedJsonError,
    AuthenticationError,
    PermissionDeniedError,
    NotFoundError,
    MethodNotAllowedError,
    ConflictError,
    BodyTooLargeError,
    UnsupportedMediaTypeError,
    InvalidRequestError,
    ParameterMissingError,
    RateLimitedError,
    VirgaError,
    UnavailableError,
)
