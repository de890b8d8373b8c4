"""What every request passes: a request id, the body's limit, characters that cannot be stored, and the last resort."""

import os
import time
from collections.abc import Iterable
from typing import NoReturn, Protocol
from urllib.parse import unquote_to_bytes

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.db import is_outage, words_of_outage
from app.core.errors import Fault, InvalidRequestError, UnavailableError, VirgaError
from app.http.answer_headers import answer_headers
from app.http.error_answers import ErrorAnswers
from app.http.errors import BodyTooLargeError

log = structlog.get_logger()

Header = tuple[bytes, bytes]

REPLACEMENT = "\ufffd"  # stands for a NUL in a path, so that the id it is part of is looked for and not found


# A browser that came once by https never uses http with this host again, for a year. Only where the operator says that
# clients come by https: others on the same host would be cut off.
_ONLY_HTTPS = (b"strict-transport-security", b"max-age=31536000")
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_LENGTH_DIGITS = 18  # a longer Content-Length is not worth reading


class RequestObserver(Protocol):
    """Told of every answered request; metrics implement it."""

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. `route` is the path's template, never the path."""
        ...


class Gate:
    """The outermost layer of the API, in plain ASGI."""

    def __init__(self, app: ASGIApp, answers: ErrorAnswers, body_bytes: int, observer: RequestObserver) -> None:
        self._app = app
        self._answers = answers
        self._body_bytes = body_bytes
        self._observer = observer
        self._always = [_NO_SNIFFING, *([_ONLY_HTTPS] if answers.public_url.startswith("https://") else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection's message stream; anything but HTTP goes through untouched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._always)
        started = time.perf_counter()
        try:
            await self._serve(scope, receive, exchange)
        except ClientDisconnect:
            exchange.status = 499  # nobody is left to answer; the number is what nginx logs
        except Exception as error:  # noqa: BLE001 -- whatever happens, the client gets an answer and the log the cause
            await self._answer_failure(scope, receive, exchange, error)
        self._observer.observe(
            method=scope["method"],
            route=getattr(scope.get("route"), "path_format", "unmatched"),
            status=exchange.status,
            seconds=time.perf_counter() - started,
        )

    async def _serve(self, scope: Scope, receive: Receive, exchange: "_Exchange") -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            await self._answers.response(refusal)(scope, receive, exchange.send)
            return
        if "\0" in scope["path"]:
            scope["path"] = scope["path"].replace("\0", REPLACEMENT)
        await self._app(scope, _Capped(receive, self._body_bytes).receive, exchange.send)

    def _refusal(self, scope: Scope) -> VirgaError | None:
        for name, value in scope["headers"]:
            if name == b"content-length" and _exceeds(value, self._body_bytes):
                return _too_large(self._body_bytes)
            if b"\0" in value:
                return _unfit(f"header {name.decode('latin-1')}", "has a NUL character")
        query = scope["query_string"]
        return _unfit_query(query) if b"%" in query or not query.isascii() or b"\0" in query else None

    async def _answer_failure(self, scope: Scope, receive: Receive, exchange: "_Exchange", error: Exception) -> None:
        outage = is_outage(error)
        log.error("request_failed", request_id=exchange.request_id, outage=outage, exc_info=error)
        if exchange.started:
            _cut(error)
        await self._answers.response(_failure(exchange.request_id, error, outage=outage))(scope, receive, exchange.send)


class _Exchange:
    """One request and its answer: gives the answer its request id and remembers how far it got."""

    def __init__(self, scope: Scope, send: Send, always: Iterable[Header]) -> None:
        self._scope = scope
        self._send = send
        self._always = always
        self.request_id = os.urandom(8).hex()
        self.started = False
        self.status = 500

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            message["headers"] = [
                *message.get("headers", ()),
                (b"x-request-id", self.request_id.encode()),
                *self._always,
                *answer_headers(self._scope),
            ]
        await self._send(message)


class _Capped:
    """Counts the body's bytes as they come, announced or not."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._left = limit

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise _too_large(self._limit)
        return message


def _exceeds(announced: bytes, limit: int) -> bool:
    return announced.isdigit() and (len(announced) > _LENGTH_DIGITS or int(announced) > limit)


def _unfit_query(query: bytes) -> VirgaError | None:
    plain = unquote_to_bytes(query)
    if b"\0" in plain:
        return _unfit("query", "has a NUL character")
    try:
        plain.decode()
    except UnicodeDecodeError:
        return _unfit("query", "is not valid UTF-8")
    return None


def _unfit(place: str, fault: str) -> VirgaError:
    return InvalidRequestError(f"The {place} {fault}.", faults=[Fault(place, fault)])


def _too_large(limit: int) -> VirgaError:
    return BodyTooLargeError(f"The body is larger than {limit} bytes.")


def _failure(request_id: str, error: Exception, *, outage: bool) -> VirgaError:
    if outage:
        return UnavailableError(words_of_outage(error), headers={"Retry-After": "1"})
    message = f"Something went wrong inside the server; its log has more under the request id {request_id}."
    return VirgaError(message, extra={"request_id": request_id})


def _cut(error: Exception) -> NoReturn:
    """Let the server close the connection: half an answer must not look like a whole one."""
    raise error
