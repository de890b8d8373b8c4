"""Headers for the answer, whatever it becomes, from those who work before it is made."""

from collections.abc import Iterable, Mapping

from starlette.requests import HTTPConnection
from starlette.types import Scope

_STATE = "answer_headers"


def add_answer_headers(connection: HTTPConnection, headers: Mapping[str, str]) -> None:
    """Put `headers` on whatever is answered to this request, errors included."""
    pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    setattr(connection.state, _STATE, [*answer_headers(connection.scope), *pairs])


def answer_headers(scope: Scope) -> Iterable[tuple[bytes, bytes]]:
    """Return what was added for this request."""
    added: Iterable[tuple[bytes, bytes]] = scope.get("state", {}).get(_STATE, ())
    return added
