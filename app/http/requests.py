"""How bodies are announced and read, before any endpoint sees them: JSON on all routes, forms and text on some."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from app.core.json import JsonObject, JsonValue
from app.http.errors import UnsupportedMediaTypeError
from app.http.json_body import parse_json
from app.http.media_types import FORM, JSON, MediaType
from app.http.text_body import CODECS, UTF8, parse_form, parse_text

_WITH_BODIES = frozenset({"POST", "PUT"})
_READ_AT_ONCE_BYTES = 64 * 1024  # in a few milliseconds, whatever they say; others are served while more is read
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})  # of JSON, which is never anything else
_JSON_ONLY = 'The body must be JSON, announced by the header "Content-Type: application/json"'
_JSON_FORM_OR_TEXT = f'The body must be JSON, a form ("{FORM}"), text or XML, in UTF-8 or ISO-8859-1'


class ParsedRequest(Request):
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
        """Wrap FastAPI's handler where the endpoint takes a body."""
        handle = super().get_route_handler()
        if not self.takes_body():
            return handle

        async def handle_parsed(request: Request) -> Response:
            raw = await request.body()
            if not raw:
                return await handle(request)
            return await handle(ParsedRequest(request, raw, await self._parsed(request.headers, raw)))

        return handle_parsed

    async def _parsed(self, headers: Headers, raw: bytes) -> JsonValue:
        if len(raw) <= _READ_AT_ONCE_BYTES:
            return self.parse(headers, raw)
        return await asyncio.to_thread(self.parse, headers, raw)

    def takes_body(self) -> bool:
        """Say whether a body is looked at: also where none is asked for, what is sent must be JSON."""
        return not _WITH_BODIES.isdisjoint(self.methods or ())

    def parse(self, headers: Headers, raw: bytes) -> JsonValue:
        """Return what the bytes say. Raises `UnsupportedMediaTypeError`, or what `parse_json` does."""
        announced = _announced(headers)
        if not _is_plain_json(announced):
            hint = " (curl: -H 'Content-Type: application/json')" if announced.is_form else ""
            raise _unsupported(_JSON_ONLY + hint, headers)
        return parse_json(raw)


class AnyTextRoute(JsonRoute):
    """Takes forms and plain text besides; its endpoints ask the request for `json()`, whatever was sent."""

    def parse(self, headers: Headers, raw: bytes) -> JsonValue:
        """Return JSON's value, a form as an object, text as it is.

        Raises `UnsupportedMediaTypeError`, or what the parsers do.
        """
        announced = _announced(headers)
        if _is_plain_json(announced):
            return parse_json(raw)
        charset = announced.charsets[0] if announced.charsets else UTF8
        if charset in CODECS and announced.is_form:
            return parse_form(raw, charset)
        if charset in CODECS and announced.is_text:
            return parse_text(raw, charset)
        raise _unsupported(_JSON_FORM_OR_TEXT, headers)


class FormRoute(JsonRoute):
    """Takes what a page's own form sends besides JSON, as the JSON that says the same."""

    def parse(self, headers: Headers, raw: bytes) -> JsonValue:
        """Return JSON's value, a form as `nested` makes it.

        Raises `UnsupportedMediaTypeError`, or what the parsers do.
        """
        announced = _announced(headers)
        if not announced.is_form:
            return super().parse(headers, raw)
        charset = announced.charsets[0] if announced.charsets else UTF8
        if charset not in CODECS:
            raise _unsupported(_JSON_FORM_OR_TEXT, headers)
        return self.nested(parse_form(raw, charset))

    def nested(self, form: JsonObject) -> JsonValue:
        """Return a form, which has texts by name, in the shape of the route's JSON."""
        return form


def _announced(headers: Headers) -> MediaType:
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaTypeError("Compressed bodies are not accepted; send the body as it is.")
    return MediaType.parse(headers.get("content-type", JSON))


def _is_plain_json(announced: MediaType) -> bool:
    return announced.is_json and all(charset in _CHARSETS for charset in announced.charsets)


def _unsupported(advice: str, headers: Headers) -> UnsupportedMediaTypeError:
    return UnsupportedMediaTypeError(f'{advice}, not "{headers.get("content-type", "")[:100]}".')
