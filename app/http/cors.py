"""Which pages of other origins may call the API from a browser (https://fetch.spec.whatwg.org/#http-cors-protocol)."""

import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import SetupError

ANY_ORIGIN = "*"
_ORIGIN = re.compile(r"https?://[^/?#@\s]+")
_REMEMBER_SECONDS = "600"  # browsers ask again after at most 10 min or 2 h, whatever more they are told

_METHODS = "GET, POST, PUT, DELETE"
_REQUEST_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID"
_EXPOSED_HEADERS = (
    "ETag, Location, Retry-After, WWW-Authenticate, X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset"
)
_Pairs = list[tuple[bytes, bytes]]


def checked_origins(origins: Collection[str]) -> frozenset[str]:
    """Return the origins as they are. Raises `SetupError` for one that no browser would send."""
    for origin in origins:
        if origin != ANY_ORIGIN and not (_ORIGIN.fullmatch(origin) and origin == origin.lower()):
            raise SetupError(
                f'VIRGA_CORS__ORIGINS has "{origin}", which no browser sends: an origin is scheme, host and port in '
                'lower case without a path, such as "https://app.example"; "*" stands for all.'
            )
    return frozenset(origins)


class Cors:
    """Outside of everything else, so that errors can be read by pages too. There are no cookies to allow."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser's question in advance, and mark what is answered to a page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        granted = self._granted(asked.get("origin"))
        if granted is not None and _is_preflight(scope, asked):
            await _answer_preflight(send, self._marks(granted))
            return
        added = self._marks(granted)
        if granted is not None:
            added.append((b"access-control-expose-headers", _EXPOSED_HEADERS.encode()))

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, send_marked)

    def _granted(self, origin: str | None) -> str | None:
        """Return what to allow to `origin`, None for nothing."""
        if origin is None:
            return None
        if ANY_ORIGIN in self._origins:
            return ANY_ORIGIN
        return origin if origin in self._origins else None

    def _marks(self, granted: str | None) -> _Pairs:
        """Return the headers of every answer. Caches must keep answers to different origins apart."""
        allowed = [] if granted is None else [(b"access-control-allow-origin", granted.encode("latin-1"))]
        return allowed if ANY_ORIGIN in self._origins else [*allowed, (b"vary", b"Origin")]


def _is_preflight(scope: Scope, asked: Headers) -> bool:
    return scope["method"] == "OPTIONS" and "access-control-request-method" in asked


async def _answer_preflight(send: Send, marks: _Pairs) -> None:
    said = {
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": _REQUEST_HEADERS,
        "access-control-max-age": _REMEMBER_SECONDS,
        "x-content-type-options": "nosniff",
    }
    headers = [*marks, *((name.encode(), value.encode()) for name, value in said.items())]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
