"""Filters that encode, decode, quote and hash. Text is UTF-8."""

import base64
import binascii
import hashlib
import hmac as hmac_module
import shlex
from urllib.parse import quote_plus, unquote_plus

from app.graph.template.faults import RefusedError
from app.graph.template.values import JsonText, json_of, text_of


def json(left: object) -> JsonText:
    return JsonText(json_of(left))


def base64_encode(left: object) -> str:
    return base64.b64encode(text_of(left).encode()).decode()


def base64_decode(left: object) -> str:
    return _decoded(text_of(left), "base64_decode", altchars=None)


def base64_url_safe_encode(left: object) -> str:
    return base64.urlsafe_b64encode(text_of(left).encode()).decode()


def base64_url_safe_decode(left: object) -> str:
    return _decoded(text_of(left), "base64_url_safe_decode", altchars=b"-_")


def url_encode(left: object) -> str:
    return quote_plus(text_of(left))


def url_decode(left: object) -> str:
    try:
        return unquote_plus(text_of(left), errors="strict")
    except UnicodeDecodeError as error:
        raise RefusedError("`url_decode` was given bytes that are no text.") from error


def shell_quote(left: object) -> str:
    return shlex.quote(text_of(left))


def sha256(left: object) -> str:
    return hashlib.sha256(text_of(left).encode()).hexdigest()


def hmac_sha256(left: object, key: object) -> str:
    return hmac_module.new(text_of(key).encode(), text_of(left).encode(), hashlib.sha256).hexdigest()


def _decoded(text: str, name: str, *, altchars: bytes | None) -> str:
    padding = "=" * (-len(text) % 4)  # often left out, above all in the URL-safe form
    try:
        return base64.b64decode(text + padding, altchars, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise RefusedError(f"`{name}` was given what is not base64 of a text.") from error
