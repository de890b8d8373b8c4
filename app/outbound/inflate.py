"""Undoing an answer's compression, with a bound: a few bytes may say that they are gigabytes."""

import zlib
from collections.abc import Sequence

ACCEPTED = "gzip, deflate"

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS  # the header says which of the two
_RAW = -zlib.MAX_WBITS  # what some servers send as "deflate"
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_LAYERS = 3  # compressed more often than this is an attack or a mistake
_MAX_MEMBERS = 100  # each one copies what is left, so that many tiny ones would cost seconds


class InflateError(Exception):
    """The answer's compression is damaged, layered too deep, or hides more bytes than are allowed."""


def inflate(body: bytes, content_encoding: str, limit: int) -> bytes:
    """Return the plain body. An encoding that was not asked for is left as it is. Raises `InflateError`."""
    layers = _layers(content_encoding)
    if not body or any(layer not in {"gzip", "x-gzip", "deflate"} for layer in layers):
        return body
    if len(layers) > _MAX_LAYERS:
        raise InflateError("is compressed too many times")
    for _ in layers:
        body = _inflate_layer(body, limit)
    return body


def _layers(content_encoding: str) -> Sequence[str]:
    names = [name.strip().lower() for name in content_encoding.split(",")]
    return [name for name in names if name not in {"", "identity"}]


def _inflate_layer(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit
    for _ in range(_MAX_MEMBERS):
        part, rest = _inflate_member(body, room)
        parts.append(part)
        room -= len(part)
        if not rest.startswith(_GZIP_MAGIC):  # the end, or padding that every client ignores
            return b"".join(parts)
        body = rest
    raise InflateError("is compressed in too many pieces")


def _inflate_member(body: bytes, room: int) -> tuple[bytes, bytes]:
    """Inflate one gzip member or zlib stream; gzip may be several, one after the other."""
    stream = zlib.decompressobj(_GZIP_OR_ZLIB if _has_header(body) else _RAW)
    try:
        plain = stream.decompress(body, room + 1)
    except zlib.error as error:
        raise InflateError("has damaged compression") from error
    if len(plain) > room:
        raise InflateError("is too large once decompressed")
    if not stream.eof:
        raise InflateError("has damaged compression")
    return plain, stream.unused_data


def _has_header(body: bytes) -> bool:
    is_zlib = len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2]) % 31 == 0
    return is_zlib or body.startswith(_GZIP_MAGIC)
