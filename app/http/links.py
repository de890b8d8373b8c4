"""Links in the OpenAPI document: which operations take the id that an answer gives."""

from typing import Any


def links(parameter: str, *operations: str) -> dict[str, Any]:
    """Return `links=` for an answer whose `id` is what `operations`, by their ids, call `parameter`."""
    return {name: {"operationId": name, "parameters": {parameter: "$response.body#/id"}} for name in operations}
