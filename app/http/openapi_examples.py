"""Examples in the OpenAPI document that keep their nulls, which FastAPI leaves out of everything it writes."""

from collections.abc import Sequence
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from app.http.media_types import HTML

_JSON = "application/json"


def answered(
    description: str,
    example: object,
    *,
    tagged: bool = False,
    replayed: bool = False,
    page: bool = False,
    links: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the entry in `responses=` for a success: what it says, and an answer as it really is.

    `tagged`: it has an `ETag`. `replayed`: it is the same again for an equal request with the same `Idempotency-Key`.
    `page`: browsers get a page instead. `links`: what can be done with it, as `app.http.links.links` says it.
    """
    headers = ({"ETag": _ETAG} if tagged else {}) | ({"Idempotency-Replayed": _REPLAYED} if replayed else {})
    entry: dict[str, Any] = {"description": description, "content": {_JSON: {"example": example}}}
    entry["content"] |= {HTML: {"schema": {"type": "string"}}} if page else {}
    return entry | ({"headers": headers} if headers else {}) | ({"links": links} if links else {})


def restore_nulls(document: dict[str, Any], routes: Sequence[BaseRoute]) -> None:
    """Put the examples of `answered` back as they were given."""
    for context in iter_route_contexts(routes):
        operations = document["paths"].get(context.path_format, {})
        for method in context.methods or ():
            answers = operations.get(method.lower(), {}).get("responses", {})
            for status, entry in getattr(context, "responses", {}).items():
                if "example" in entry.get("content", {}).get(_JSON, {}):
                    answers[str(status)]["content"][_JSON]["example"] = entry["content"][_JSON]["example"]


_ETAG = {"description": "Names this state; it changes with the answer.", "schema": {"type": "string"}}
_REPLAYED = {"description": "`true`: this is an earlier answer to the same request.", "schema": {"type": "string"}}
