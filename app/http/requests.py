"""Routes that take JSON: how their body is announced and read, before any endpoint sees it."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from app.core.json import JsonValue
from app.http.errors import UnsupportedMediaTypeError
from app.http.json_body import parse_json

_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_USUAL = "application/json"
_ADVICE = 'The body must be JSON, announced by the header "Content-Type: application/json"'


class JsonRequest(Request):
    """A request whose body has been read and parsed."""

    def __init__(self, outer: Request, raw: bytes, parsed: JsonValue) -> None:
        super().__init__(outer.scope, outer.receive)
        self._raw = raw
        self._parsed = parsed

    async def body(self) -> bytes:
        """Return the bytes as they were sent."""
        return self._raw

    async def json(self) -> JsonValue:
        """Return what the bytes say."""
        return self._parsed


class JsonRoute(APIRoute):
    """The product's route class: refuses what is no JSON with one sentence, and parses the body once."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler where the endpoint declares a body."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def handle_json(request: Request) -> Response:
            raw = await request.body()
            if not raw:
                return await handle(request)
            check_announced(request)
            return await handle(JsonRequest(request, raw, parse_json(raw)))

        return handle_json


def check_announced(request: Request) -> None:
    """Raise `UnsupportedMediaTypeError` unless the headers announce plain JSON, or nothing."""
    headers = request.headers
    announced = headers.get("content-type", _USUAL)
    if announced != _USUAL and not _is_json(announced):
        hint = " (curl: -H 'Content-Type: application/json')" if "form-urlencoded" in announced else ""
        raise UnsupportedMediaTypeError(f'{_ADVICE}{hint}, not "{announced[:100]}".')
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaTypeError("Compressed bodies are not accepted; send the JSON as it is.")


def _is_json(announced: str) -> bool:
    kind, *parameters = (part.strip().lower() for part in announced.split(";"))
    named = [value.strip('" ') for name, _, value in (text.partition("=") for text in parameters) if name == "charset"]
    is_json = kind == _USUAL or (kind.startswith("application/") and kind.endswith("+json"))
    return is_json and all(charset in _CHARSETS for charset in named)
