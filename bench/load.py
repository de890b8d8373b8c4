"""The load generator: raw connections that send one prepared request over and over, and note what became of each."""

import asyncio
import contextlib
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

from bench.wire import Framing, Message

ACCEPTED = 202
STUCK_SECONDS = 30.0  # without any answer, a phase counts as stuck
_RUN_ID = b'"fl_run_'
_RUN_ID_LENGTH = 33

OnAnswer = Callable[[Message | None], None]  # None: the connection was lost


class StuckError(Exception):
    """The server did not answer within any reasonable time."""


class Connection(asyncio.Protocol):
    """A keep-alive connection with at most one request under way."""

    def __init__(self) -> None:
        self.is_open = False
        self._framing = Framing()
        self._transport: asyncio.Transport | None = None
        self._on_answer: OnAnswer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.is_open = False
        self._settle(None)

    def data_received(self, data: bytes) -> None:
        for message in self._framing.feed(data):
            self._settle(message)

    def send(self, request: bytes, on_answer: OnAnswer) -> None:
        """Send a request; `on_answer` is called once."""
        self._on_answer = on_answer
        if self._transport is None or not self.is_open:
            self._settle(None)
            return
        self._transport.write(request)

    async def ask(self, request: bytes) -> Message:
        """Send a request and wait for the answer. Raises `ConnectionError`."""
        answer: asyncio.Future[Message | None] = asyncio.get_running_loop().create_future()
        self.send(request, answer.set_result)
        message = await answer
        if message is None:
            raise ConnectionError("The server closed the connection instead of answering.")
        return message

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _settle(self, message: Message | None) -> None:
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is not None:
            on_answer(message)


@asynccontextmanager
async def connections(port: int, number: int) -> AsyncIterator[list[Connection]]:
    """Open `number` connections to the loopback interface."""
    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(number)]
    try:
        yield opened
    finally:
        for connection in opened:
            connection.close()


@dataclass(slots=True)
class Tally:
    """What became of `expected` requests. Times are perf_counter's, durations in seconds."""

    expected: int
    begun_at: dict[str, float] = field(default_factory=dict)  # run id → its request
    answered_in: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    first_at: float = 0.0
    last_at: float = 0.0
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, begun_at: float, answer: Message | None) -> None:
        """Count one answer."""
        self.last_at = perf_counter()
        self.first_at = min(self.first_at or begun_at, begun_at)
        if answer is not None and answer.status == ACCEPTED:
            self.answered_in.append(self.last_at - begun_at)
            start = answer.body.find(_RUN_ID) + 1
            self.begun_at[answer.body[start : start + _RUN_ID_LENGTH].decode()] = begun_at
        else:
            self.refused["no answer" if answer is None else str(answer.status)] += 1
        if self.answered == self.expected:
            self.finished.set()

    @property
    def answered(self) -> int:
        return len(self.answered_in) + self.refused.total()

    async def wait(self) -> None:
        """Return once every request is answered. Raises `StuckError` when no more answers come."""
        while not self.finished.is_set():
            before = self.answered
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.finished.wait(), STUCK_SECONDS)
            if self.answered == before:
                raise StuckError(f"{before} of {self.expected} requests were answered, then no more.")


async def closed_loop(lines: Sequence[Connection], request: bytes, count: int) -> Tally:
    """Send `count` requests, one on each connection at any time, the next as soon as one is answered."""
    tally = Tally(count)
    unsent = count

    def send(line: Connection) -> None:
        nonlocal unsent
        if unsent == 0:
            return
        unsent -= 1
        begun_at = perf_counter()

        def on_answer(answer: Message | None) -> None:
            tally.note(begun_at, answer)
            if answer is not None:
                send(line)

        line.send(request, on_answer)

    for line in lines:
        send(line)
    await tally.wait()
    return tally


async def open_loop(lines: Sequence[Connection], request: bytes, count: int, rate: float) -> Tally:
    """Send `rate` requests a second, whether the earlier ones are answered or not: no slow answer hides the next.

    Each falls anywhere into its own slot, so that the server's own rhythms are met at every phase.
    """
    tally = Tally(count)
    idle = deque(lines)
    waiting: deque[float] = deque()

    def begin() -> None:
        waiting.append(perf_counter())
        if idle:
            send(idle.popleft())  # by turns, so that none is idle for so long that the server closes it

    def send(line: Connection) -> None:
        begun_at = waiting.popleft()

        def on_answer(answer: Message | None) -> None:
            tally.note(begun_at, answer)
            if answer is None:
                return
            if waiting:
                send(line)
            else:
                idle.append(line)

        line.send(request, on_answer)

    for number in range(count):
        asyncio.get_running_loop().call_later((number + random.random()) / rate, begin)
    await tally.wait()
    return tally
