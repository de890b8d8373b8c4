"""Expected failures: a class with a sentence, a status, a type and a code. HTTP enters in `app.http.errors` alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

SETUP_EXIT_CODE = 2  # of a process that ends with the sentence of a `SetupError`


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what a client sent: where (`nodes[1].data.url`), at which node, and what would be right."""

    path: str
    message: str
    node_id: str | None = None


class VirgaError(Exception):
    """What a caller can be told. Subclasses set the class attributes; `explanation` is shown at `/docs/errors#code`."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "api_error"
    code: ClassVar[str] = "internal_error"
    explanation: ClassVar[str] = "Something went wrong inside the server. The request id names the log line."

    def __init__(
        self,
        message: str,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.faults = tuple(faults)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


class InvalidRequestError(VirgaError):
    status = 422
    type = "invalid_request_error"
    code = "parameter_invalid"
    explanation = "A parameter or field has a value that is not allowed. `errors` names each place."


class AuthenticationError(VirgaError):
    status = 401
    type = "authentication_error"
    code = "token_invalid"
    explanation = "The bearer token was refused. Get a new one; the message says what is wrong with this one."


class PermissionDeniedError(VirgaError):
    status = 403
    type = "permission_error"
    code = "scope_missing"
    explanation = (
        "The token is valid but lacks the scope that the message names. An API key (`wfk_…`) starts runs and reads"
        " them and can do nothing else, whoever made it."
    )


class NotFoundError(VirgaError):
    status = 404
    type = "not_found_error"
    code = "route_not_found"
    explanation = "There is no such route. `/docs/api` lists all of them."


class ConflictError(VirgaError):
    status = 409
    type = "conflict_error"
    code = "conflict"
    explanation = "The request contradicts the present state."


class UnavailableError(VirgaError):
    status = 503
    type = "api_error"
    code = "unavailable"
    explanation = (
        "Something that the server needs cannot be reached, or its operator has not set it up: the database, or the"
        " provider at which users sign in. The message says which; nothing was half done."
    )


class SetupError(Exception):
    """The process cannot start as configured. Its message is one sentence for the operator; the exit code is 2."""
