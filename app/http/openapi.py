"""The OpenAPI document: what FastAPI knows of the routes, and the errors that they answer with."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from app.core.errors import (
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    UnavailableError,
    VirgaError,
)
from app.http.error_answers import ERRORS_PAGE, ErrorAnswers
from app.http.errors import (
    BodyTooLargeError,
    MalformedJsonError,
    MethodNotAllowedError,
    ParameterMissingError,
    RateLimitedError,
    UnsupportedMediaTypeError,
)
from app.http.openapi_examples import restore_nulls

_EXAMPLE_URL = "http://127.0.0.1:8000"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")  # the shape that our error handlers replace

_SCHEMAS = "#/components/schemas/"
_Responses = dict[int, dict[str, Any]]

_ANYWHERE = (MalformedJsonError, MethodNotAllowedError, InvalidRequestError, ParameterMissingError)
_ALWAYS_POSSIBLE = (VirgaError, UnavailableError)
_GUARDED = (AuthenticationError, PermissionDeniedError, RateLimitedError)
_WITH_BODY = (BodyTooLargeError, UnsupportedMediaTypeError)
_WITH_PATH = (NotFoundError,)

_MESSAGES: dict[type[VirgaError], str] = {
    MalformedJsonError: "The body is not valid JSON: expecting value at line 1, column 1.",
    AuthenticationError: "The token was refused: its signature is wrong.",
    PermissionDeniedError: 'The token lacks the scope "workflows:write".',
    NotFoundError: "There is no route GET /workflow.",
    MethodNotAllowedError: "/workflows/validate does not take GET, but POST.",
    BodyTooLargeError: "The body is larger than 1048576 bytes.",
    UnsupportedMediaTypeError: (
        'The body must be JSON, announced by the header "Content-Type: application/json", not "text/plain".'
    ),
    InvalidRequestError: "page: Input should be greater than or equal to 1.",
    ParameterMissingError: "name: is required.",
    RateLimitedError: "Too many requests; try again in 3 s.",
    VirgaError: ("Something went wrong inside the server; its log has more under the request id 3f9c1b2a4d5e6f70."),
    UnavailableError: "The database cannot be reached; try again.",
}
_FAULTS: dict[type[VirgaError], list[dict[str, str]]] = {
    InvalidRequestError: [{"path": "page", "message": "Input should be greater than or equal to 1"}],
    ParameterMissingError: [{"path": "name", "message": "is required"}],
}
_HEADERS = {
    401: {"WWW-Authenticate": "The scheme to authenticate with."},
    403: {"WWW-Authenticate": "The scope that is missing."},
    405: {"Allow": "The methods that the route has."},
    429: {"Retry-After": "Seconds to wait.", "RateLimit-Limit": "Requests a minute.", "RateLimit-Reset": "Seconds."},
    503: {"Retry-After": "Seconds to wait."},
}
_DESCRIPTIONS = {
    400: "The body is not JSON.",
    401: "No token, or one that is refused.",
    403: "The token lacks a scope.",
    404: "There is no such thing, or it belongs to somebody else.",
    405: "The route has other methods.",
    409: "The request contradicts the present state.",
    412: "Somebody else was faster.",
    413: "The body is too large.",
    415: "The body is not announced as plain JSON.",
    422: "Something in the request is not allowed; `errors` names everything at once.",
    429: "Too many requests.",
    500: "A fault of the server.",
    503: "The server cannot work at the moment.",
}


AnyError = VirgaError | type[VirgaError]  # one as it is answered, or the kind where its sentence is found above


class ErrorFault(BaseModel):
    """One thing that is wrong with the request."""

    path: str = Field(description="Where in the body, or which parameter.", examples=["nodes[1].data.url"])
    message: str
    node_id: str | SkipJsonSchema[None] = Field(default=None, description="At which node, if at one.")


class ErrorResponse(BaseModel):
    """Every error, on every route."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="The kind of error.", examples=["invalid_request_error"])
    code: str = Field(description="Which error; stable, for programs.", examples=["parameter_missing"])
    message: str = Field(description="What is wrong, for people.")
    doc_url: str = Field(description="The page that explains the code.")
    errors: list[ErrorFault] | SkipJsonSchema[None] = Field(default=None, description="With a 422: every fault.")


class Api(FastAPI):
    """FastAPI with an OpenAPI document that leaves no answer out."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; built once."""
        if self.openapi_schema is None:
            self.openapi_schema = _complete(super().openapi())
            restore_nulls(self.openapi_schema, self.routes)
        return self.openapi_schema


def documented(*errors: VirgaError) -> dict[int | str, dict[str, Any]]:
    """Return `responses=` for a route that can answer with errors like these, beyond those that any such route has."""
    return {status: {**response, "model": ErrorResponse} for status, response in _responses(errors).items()}


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    for model in (ErrorResponse, ErrorFault):
        schemas[model.__name__] = model.model_json_schema(ref_template=f"{_SCHEMAS}{{model}}")
        schemas[model.__name__].pop("$defs", None)
    general = _responses((*_ANYWHERE, *_ALWAYS_POSSIBLE, *_GUARDED, *_WITH_BODY, *_WITH_PATH))
    for response in general.values():
        response["content"]["application/json"]["schema"] = {"$ref": f"{_SCHEMAS}{ErrorResponse.__name__}"}
    components["responses"] = {f"Error{status}": response for status, response in general.items()}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _complete_operation(operation, general, has_id="{" in path)
    return document


def _complete_operation(operation: dict[str, Any], general: _Responses, *, has_id: bool) -> None:
    answers = operation["responses"]
    if _FASTAPIS_OWN[0] in str(answers.get("422")):
        del answers["422"]
    possible = [*_ANYWHERE, *_ALWAYS_POSSIBLE]
    possible += _GUARDED if "security" in operation else ()
    possible += _WITH_BODY if "requestBody" in operation else ()
    possible += _WITH_PATH if has_id else ()
    for status in {error.status for error in possible}:
        own = answers.setdefault(str(status), {"$ref": f"#/components/responses/Error{status}"})
        if "content" in own:  # the route has errors of its own under this status
            own["content"]["application/json"]["examples"] |= general[status]["content"]["application/json"]["examples"]
    operation["responses"] = dict(sorted(answers.items()))


def _responses(errors: Iterable[AnyError]) -> dict[int, dict[str, Any]]:
    by_status: dict[int, list[AnyError]] = defaultdict(list)
    for error in errors:
        by_status[error.status].append(error)
    return {status: _response(status, kinds) for status, kinds in by_status.items()}


def _response(status: int, kinds: Iterable[AnyError]) -> dict[str, Any]:
    examples = {kind.code: {"summary": kind.explanation, "value": _example(kind)} for kind in kinds}
    response: dict[str, Any] = {
        "description": _DESCRIPTIONS[status],
        "content": {"application/json": {"examples": examples}},
    }
    headers = _HEADERS.get(status, {})
    if headers:
        response["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
        }
    return response


def _example(kind: AnyError) -> dict[str, object]:
    if isinstance(kind, VirgaError):
        return ErrorAnswers(_EXAMPLE_URL).body(kind)
    body: dict[str, object] = {
        "type": kind.type,
        "code": kind.code,
        "message": _MESSAGES.get(kind, kind.explanation),
        "doc_url": f"{_EXAMPLE_URL}{ERRORS_PAGE}#{kind.code}",
    }
    if kind.status == InvalidRequestError.status:
        body["errors"] = _FAULTS.get(kind, [{"path": "", "message": kind.explanation}])
    return body
