"""The slot of `{workflow_id}` in paths, which some fixed words share: they are routes or nothing, never an id."""

import re
from collections.abc import Sequence

from fastapi.routing import iter_route_contexts
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.routing import BaseRoute

FIXED_WORDS = (
    "validate",
    "triggerable-workflows",
    "sync",
    "runs",
    "vault",
    "webhooks",
    "test-node",
    "logs",
    "authorization",
    "events",
    "interactions",
    "components",
    "audit",
)
CONVERTOR = "workflow_id"  # as in `/workflows/{workflow_id:workflow_id}`


class WorkflowIdConvertor(StringConvertor):
    """Matches a path segment that is none of the fixed words."""

    regex = rf"(?!(?:{'|'.join(re.escape(word) for word in FIXED_WORDS)})(?:/|$))[^/]+"


register_url_convertor(CONVERTOR, WorkflowIdConvertor())


def allowed_methods(routes: Sequence[BaseRoute], path: str) -> str:
    """Return the value of `Allow`: the methods of every route that has this path."""
    found = [context for context in iter_route_contexts(routes) if context.path_regex.match(path)]
    return ", ".join(sorted({method for context in found for method in context.methods or ()}))
