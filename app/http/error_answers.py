"""The one shape of every error, on every route: from exception to bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response

from app.core.errors import Fault, InvalidRequestError, VirgaError
from app.http.errors import ParameterMissingError

ERRORS_PAGE = "/docs/errors"
_NAMED_AT_MOST = 3  # faults that the message spells out; `errors` has all
_WORDS: Mapping[str, str] = {  # pydantic's own speak of Python
    "missing": "is required",
    "string_type": "must be a text",
    "list_type": "must be a list",
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be an object"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
    **dict.fromkeys(("literal_error", "enum"), "must be {expected}"),
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
}


@dataclass(frozen=True, slots=True)
class ErrorAnswers:
    """Writes errors as answers; `public_url` is where `doc_url` leads."""

    public_url: str

    def response(self, error: VirgaError) -> Response:
        body = orjson.dumps(self.body(error))
        return Response(body, error.status, headers=error.headers, media_type="application/json")

    def body(self, error: VirgaError) -> dict[str, object]:
        body: dict[str, object] = {
            "type": error.type,
            "code": error.code,
            "message": error.message,
            "doc_url": f"{self.public_url}{ERRORS_PAGE}#{error.code}",
            **error.extra,
        }
        if error.faults or error.status == InvalidRequestError.status:
            body["errors"] = [_fault(fault) for fault in error.faults]
        return body


def invalid_parameters(errors: Sequence[Mapping[str, Any]]) -> InvalidRequestError:
    """Turn what pydantic found into one error that names every fault."""
    faults = [Fault(_path(error["loc"]), _sentence(error)) for error in errors]
    missing = all(error["type"] == "missing" for error in errors)
    kind = ParameterMissingError if missing else InvalidRequestError
    return kind(summary_of(faults), faults=faults)


def summary_of(faults: Sequence[Fault]) -> str:
    """Return a message that spells the first faults out."""
    named = "; ".join(f"{fault.path or 'body'}: {fault.message}" for fault in faults[:_NAMED_AT_MOST])
    rest = len(faults) - _NAMED_AT_MOST
    return f"{named}; and {rest} more, see errors." if rest > 0 else f"{named}."


def _path(places: Sequence[str | int]) -> str:
    """Write `("body", "nodes", 1, "id")` as `nodes[1].id`."""
    parts = [f"[{place}]" if isinstance(place, int) else f".{place}" for place in places[1:]]
    return "".join(parts).removeprefix(".")


def _sentence(error: Mapping[str, Any]) -> str:
    words = _WORDS.get(error["type"])
    if words is not None:
        return words.format(**error.get("ctx", {}))
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message.rstrip(".")


def _fault(fault: Fault) -> dict[str, str]:
    written = {"path": fault.path, "message": fault.message}
    return written if fault.node_id is None else {**written, "node_id": fault.node_id}
