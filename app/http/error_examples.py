"""The errors that a route can answer with whatever it is for, as they are answered."""

from app.core.errors import (
    AuthenticationError,
    Fault,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    VirgaError,
)
from app.http.errors import (
    BodyTooLargeError,
    MalformedJsonError,
    MethodNotAllowedError,
    ParameterMissingError,
    RateLimitedError,
    UnsupportedMediaTypeError,
)

_REQUEST_ID = "3f9c1b2a4d5e6f70"

ANYWHERE: tuple[VirgaError, ...] = (
    MalformedJsonError("The body is not valid JSON: expecting value at line 1, column 1."),
    MethodNotAllowedError("/workflows/validate does not take GET, but POST."),
    InvalidRequestError(
        "page: must be at least 1.",
        faults=[Fault("page", "must be at least 1")],
    ),
    ParameterMissingError("name: is required.", faults=[Fault("name", "is required")]),
    VirgaError(
        f"Something went wrong inside the server; its log has more under the request id {_REQUEST_ID}.",
        extra={"request_id": _REQUEST_ID},
    ),
    UnavailableError("The database cannot be reached; try again."),
)
WITH_A_GUARD: tuple[VirgaError, ...] = (
    AuthenticationError("The token was refused: its signature is wrong."),
    PermissionDeniedError('The token lacks the scope "workflows:write".'),
    RateLimitedError("Too many requests; try again in 3 s."),
)
WITH_A_BODY: tuple[VirgaError, ...] = (
    BodyTooLargeError("The body is larger than 1048576 bytes."),
    UnsupportedMediaTypeError(
        'The body must be JSON, announced by the header "Content-Type: application/json", not "text/plain".'
    ),
)
WITH_AN_ID: tuple[VirgaError, ...] = (NotFoundError("There is no route GET /workflow."),)

HEADERS = {
    401: {"WWW-Authenticate": "The scheme to authenticate with."},
    403: {"WWW-Authenticate": "The scope that is missing."},
    405: {"Allow": "The methods that the route has."},
    429: {
        "Retry-After": "Seconds to wait.",
        "RateLimit-Limit": "Requests a minute.",
        "RateLimit-Remaining": "Requests that would be answered now.",
        "RateLimit-Reset": "Seconds until all of them are there again.",
    },
    503: {"Retry-After": "Seconds to wait."},
}
DESCRIPTIONS = {
    400: "The body is not JSON.",
    401: "No token, or one that is refused.",
    403: "The token lacks a scope.",
    404: "There is no such thing, or it belongs to somebody else.",
    405: "The route has other methods.",
    409: "The request contradicts the present state.",
    410: "It was there, and is closed.",
    412: "Somebody else was faster.",
    413: "The body is too large.",
    415: "The body is announced as something that the route does not take.",
    422: "Something in the request is not allowed; `errors` names everything at once.",
    429: "Too many requests.",
    500: "A fault of the server.",
    502: "The run failed.",
    504: "The run takes longer than the caller waits.",
    503: "The server cannot work at the moment.",
}
