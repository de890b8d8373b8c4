"""What happens when a client leaves, or an answer breaks in the middle."""

from collections.abc import AsyncIterator

import pytest
from starlette.responses import StreamingResponse
from starlette.types import Message

from app.http.openapi import Api
from tests.api.probe import Observed, probe_app

JSON = (b"content-type", b"application/json")


class Exchange:
    """One request over plain ASGI, with a client that may leave."""

    def __init__(self, *received: Message) -> None:
        self._received = list(received)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        return self._received.pop(0)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def run(self, app: Api, method: str, path: str) -> None:
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [JSON]}
        await app(scope, self.receive, self.send)


async def test_a_client_that_leaves_while_sending_gets_no_answer(observed: Observed) -> None:
    left = Exchange({"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"})
    await left.run(probe_app(observed), "POST", "/things")
    assert left.sent == []
    assert observed.seen == [("POST", "/things", 499)]


async def test_an_answer_that_breaks_in_the_middle_is_not_ended_as_if_whole() -> None:
    app = probe_app()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise RuntimeError("broken")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(pieces())

    exchange = Exchange({"type": "http.request", "body": b""}, {"type": "http.disconnect"})
    with pytest.raises((RuntimeError, ExceptionGroup)):
        await exchange.run(app, "GET", "/stream")
    bodies = [message for message in exchange.sent if message["type"] == "http.response.body"]
    assert all(message.get("more_body") for message in bodies)


def test_the_openapi_document_is_built_once() -> None:
    app = probe_app()
    assert app.openapi() is app.openapi()


@pytest.mark.parametrize("announced", [b"", b"abc", b"-1"])
async def test_a_content_length_that_is_no_number_is_not_believed(announced: bytes) -> None:
    exchange = Exchange({"type": "http.request", "body": b'{"name": "a"}'})
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/things",
        "query_string": b"",
        "headers": [JSON, (b"content-length", announced)],
    }
    await probe_app()(scope, exchange.receive, exchange.send)
    assert exchange.sent[0]["status"] == 200
