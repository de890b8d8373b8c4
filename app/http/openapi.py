"""The OpenAPI document: what FastAPI knows of the routes, and the errors that they answer with."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from app.core.errors import VirgaError
from app.http.error_answers import ErrorAnswers
from app.http.error_examples import ANYWHERE, DESCRIPTIONS, HEADERS, WITH_A_BODY, WITH_A_GUARD, WITH_AN_ID
from app.http.openapi_examples import restore_nulls

_EXAMPLE_URL = "http://127.0.0.1:8000"
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")  # the shape that our error handlers replace

_WITH_BODIES = frozenset({"post", "put"})
_SCHEMAS = "#/components/schemas/"
_Responses = dict[int, dict[str, Any]]


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
    general = _responses((*ANYWHERE, *WITH_A_GUARD, *WITH_A_BODY, *WITH_AN_ID))
    for response in general.values():
        response["content"]["application/json"]["schema"] = {"$ref": f"{_SCHEMAS}{ErrorResponse.__name__}"}
    components["responses"] = {f"Error{status}": response for status, response in general.items()}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete_operation(operation, general, reads_body=method in _WITH_BODIES, has_id="{" in path)
    return document


def _complete_operation(operation: dict[str, Any], general: _Responses, *, reads_body: bool, has_id: bool) -> None:
    answers = operation["responses"]
    if _FASTAPIS_OWN[0] in str(answers.get("422")):
        del answers["422"]
    possible = list(ANYWHERE)
    possible += WITH_A_GUARD if "security" in operation else ()
    possible += WITH_A_BODY if reads_body else ()
    possible += WITH_AN_ID if has_id else ()
    for status in {error.status for error in possible}:
        own = answers.setdefault(str(status), {"$ref": f"#/components/responses/Error{status}"})
        if "content" in own:  # the route has errors of its own under this status
            own["content"]["application/json"]["examples"] |= general[status]["content"]["application/json"]["examples"]
    operation["responses"] = dict(sorted(answers.items()))


def _responses(errors: Iterable[VirgaError]) -> _Responses:
    by_status: dict[int, list[VirgaError]] = defaultdict(list)
    for error in errors:
        by_status[error.status].append(error)
    return {status: _response(status, group) for status, group in by_status.items()}


def _response(status: int, errors: Iterable[VirgaError]) -> dict[str, Any]:
    answers = ErrorAnswers(_EXAMPLE_URL)
    examples = {error.code: {"summary": error.explanation, "value": answers.body(error)} for error in errors}
    response: dict[str, Any] = {
        "description": DESCRIPTIONS[status],
        "content": {"application/json": {"examples": examples}},
    }
    headers = HEADERS.get(status, {})
    if headers:
        response["headers"] = {
            name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
        }
    return response
