"""HTTP/1.1 framing as far as the bench needs it: whole messages that name their Content-Length."""

from typing import NamedTuple

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_CHUNKED = b"\r\ntransfer-encoding:"


class FramingError(Exception):
    """The other side frames its messages in a way that is not spoken here."""


class Message(NamedTuple):
    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        """The status of an answer: `HTTP/1.1 202 Accepted`."""
        return int(self.head[9:12])


class Framing:
    """Cuts one connection's bytes into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that `data` completes. Raises `FramingError`."""
        buffer = self._rest + data if self._rest else data
        messages = []
        while (end := buffer.find(_END_OF_HEAD)) >= 0:
            start = end + len(_END_OF_HEAD)
            stop = start + _body_length(buffer[:end])
            if stop > len(buffer):
                break
            messages.append(Message(buffer[:end], buffer[start:stop]))
            buffer = buffer[stop:]
        self._rest = buffer
        return messages


def _body_length(head: bytes) -> int:
    lower = head.lower()
    found = lower.find(_LENGTH)
    if found >= 0:
        return int(lower[found + len(_LENGTH) :].split(b"\r\n", 1)[0])
    if _CHUNKED in lower:
        raise FramingError("A message came in chunks; the bench reads bodies with a Content-Length only.")
    return 0


def request(method: str, path: str, body: bytes = b"", token: str | None = None) -> bytes:
    """Return the bytes of a whole request, to be sent as often as wanted."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "host: 127.0.0.1",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *([f"authorization: Bearer {token}"] if token else []),
    ]
    return "\r\n".join(lines).encode() + _END_OF_HEAD + body
