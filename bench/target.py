"""What the workflow calls: answers at once, and remembers which run called, when, and how often."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import cast

from bench.wire import Framing, FramingError, Message

PATH = "/api/welcome"
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n" + b'{"welcome":"1"}'
_BODY = re.compile(rb'\{\s*"message":\s*"Welcome!",\s*"run_id":\s*"(fl_run_[0-9a-z]{26})"\s*\}')


class Target:
    """The record of one phase."""

    def __init__(self) -> None:
        self.port = 0
        self.strangers = 0  # requests that are not what the workflow sends
        self.reached_at: dict[str, float] = {}  # run id → its first call, by perf_counter
        self.calls: Counter[str] = Counter()
        self._enough = asyncio.Event()
        self._wanted = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    def take(self, message: Message) -> None:
        """Record a request."""
        now = perf_counter()
        found = _BODY.fullmatch(message.body)
        if found is None or not message.head.startswith(b"POST " + PATH.encode()):
            self.strangers += 1
            return
        run_id = found[1].decode()
        self.calls[run_id] += 1
        self.reached_at.setdefault(run_id, now)
        if len(self.reached_at) == self._wanted:
            self._enough.set()

    async def wait_for(self, runs: int, seconds: float) -> bool:
        """Return whether `runs` different runs have called within `seconds`."""
        self._wanted = runs
        self._enough.clear()
        if len(self.reached_at) >= runs:
            return True
        try:
            async with asyncio.timeout(seconds):
                await self._enough.wait()
        except TimeoutError:
            return False
        return True

    def forget(self) -> None:
        """Begin the record anew."""
        self.strangers = 0
        self.reached_at = {}
        self.calls = Counter()


class _Caller(asyncio.Protocol):
    def __init__(self, target: Target) -> None:
        self._target = target
        self._framing = Framing()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        try:
            for message in self._framing.feed(data):
                transport.write(_ANSWER)
                self._target.take(message)
        except FramingError:
            self._target.strangers += 1
            transport.abort()


@asynccontextmanager
async def listening() -> AsyncIterator[Target]:
    """Listen on a free port of the loopback interface."""
    target = Target()
    server = await asyncio.get_running_loop().create_server(lambda: _Caller(target), "127.0.0.1", 0)
    target.port = server.sockets[0].getsockname()[1]
    try:
        yield target
    finally:
        server.close()
