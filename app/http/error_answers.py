"""The one shape of every error, on every route: from exception to bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response

from app.core.errors import Fault, InvalidRequestError, VirgaError
from app.http.errors import ParameterMissingError
from app.http.parameter_words import words_of

ERRORS_PAGE = "/docs/errors"
_NAMED_AT_MOST = 3  # faults that the message spells out; `errors` has all


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
    faults = [Fault(_path(error["loc"]), words_of(error)) for error in errors]
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


def _fault(fault: Fault) -> dict[str, str]:
    written = {"path": fault.path, "message": fault.message}
    return written if fault.node_id is None else {**written, "node_id": fault.node_id}
