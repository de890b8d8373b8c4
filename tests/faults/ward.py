"""Targets that misbehave in all ways of `ills`, one path a way, and the addresses at which nobody answers rightly."""

import asyncio
import socket
import ssl
import struct
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.faults.ills import ILLS, NOWHERE
from tests.faults.witness import Witness
from tests.fixtures.certificates import self_signed
from tests.fixtures.target import CUT, HANG_UP, SILENCE, Target, answer

MIB = 1024 * 1024
BOMB_MIB = 256
PAUSE_SECONDS = 0.2
NEVER_ACCEPTED = 8  # more connections than a listener without a backlog lets wait
RESET = struct.pack("ii", 1, 0)  # for SO_LINGER: closing resets the connection
OK = b"HTTP/1.1 200 OK\r\n"
LONG = OK + b"Content-Length: 100000\r\n\r\n"
AROUND = "around"  # where a redirect leads that comes back to itself; not counted as a call of its own


def _bomb() -> bytes:
    squeezed = zlib.compressobj(9, wbits=31)
    pieces = [squeezed.compress(bytes(MIB)) for _ in range(BOMB_MIB)]
    return b"".join([*pieces, squeezed.flush()])


def _redirect(url: str) -> bytes:
    return answer(b"", f"Location: {url}", status="302 Found")


def _busy(status: str, *headers: str) -> bytes:
    return answer(b"", *headers, status=status)


class Ward(Witness):
    """Misbehaves as the path asks for. Those that hang do so until their caller leaves, or `let_go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.hanging = 0
        self.let_go = asyncio.Event()
        self._said: dict[str, bytes] = {
            "silent": SILENCE,
            "fails": _busy("500 Internal Server Error"),
            "is busy": _busy("429 Too Many Requests", "Retry-After: 1"),
            "hangs up": HANG_UP,
            "says too much of its length": LONG + b"short" + CUT,
            "says too little of its length": OK + b"Content-Length: 2\r\n\r\nlonger than that",
            "is no HTTP": b"220 mail.example ESMTP\r\n" + CUT,
            "has broken chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nnothing\r\n" + CUT,
            "has huge headers": answer(b"", *(f"X-{number}: {'x' * 8000}" for number in range(40)), "X: " + "y" * MIB),
            "has strange bytes": OK + b"X-Odd: \xff\xfe\r\nContent-Length: 4\r\n\r\n\xff\xfe\x00\x80",
            "has a body with 204": b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody" + CUT,
            "is a bomb": answer(_bomb(), "Content-Encoding: gzip"),
            "redirects where nobody may go": _redirect(f"http://{NOWHERE}/"),
        }
        self._once = {
            "fails once": lambda: _busy("503 Service Unavailable"),
            "is busy for a second": lambda: _busy("429 Too Many Requests", "Retry-After: 1"),
            "is busy until a moment": _busy_until_a_moment,
        }

    def address(self, ill: str) -> str:
        return self.url(f"/{ill.replace(' ', '-')}")

    def reply(self, request: bytes) -> bytes:
        """See `Target.reply`."""
        ill = _ill_of(request)
        if ill == AROUND:
            return _redirect(self.address(AROUND))
        super().reply(request)
        if ill in {"redirects", "redirects in a circle"}:
            return _redirect(self.address(AROUND))
        if ill in self._once and len(self.by_step[self.calls[-1].step]) == 1:
            return self._once[ill]()
        return self._said.get(ill, answer())

    async def respond(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """See `Target.respond`."""
        ill = _ill_of(request)
        if ill not in _LASTING:
            await super().respond(request, reader, writer)
            return
        self.reply(request)
        self.hanging += 1
        try:
            begun, again = _LASTING[ill]
            await self._go_on(reader, writer, begun, again)
        finally:
            self.hanging -= 1
        if ill.startswith("resets"):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
        raise ConnectionResetError

    async def _go_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, begun: bytes, again: bytes | None
    ) -> None:
        """Write `begun`, and then `again` and again until the caller is gone; None: nothing more at all."""
        writer.write(begun)
        await writer.drain()
        waiting = [asyncio.create_task(reader.read(1)), asyncio.create_task(self.let_go.wait())]
        try:
            while again is not None and not any(task.done() for task in waiting):
                writer.write(again)
                await writer.drain()
                await asyncio.wait(waiting, timeout=0 if len(again) > MIB else PAUSE_SECONDS)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


# What is said at first, and then again and again; None: the connection is reset instead.
_LASTING: Mapping[str, tuple[bytes, bytes | None]] = {
    "hangs after its headers": (LONG, b""),
    "drips": (LONG, b"x"),
    "drips headers": (OK, b"X-More: x\r\n"),
    "only continues": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "never ends": (OK + b"\r\n", bytes(2 * MIB)),
    "resets before its headers": (b"", None),
    "resets in its body": (LONG + b"x" * 1000, None),
}


def _ill_of(request: bytes) -> str:
    return request.split()[1].decode().removeprefix("/").replace("-", " ")


def _busy_until_a_moment() -> bytes:
    now = datetime.now(UTC)  # noqa: TID251 -- a foreign server's own clock
    date, until = (format_datetime(moment, usegmt=True) for moment in (now, now + timedelta(seconds=1)))
    return _busy("503 Service Unavailable", f"Date: {date}", f"Retry-After: {until}")


def certified(folder: Path) -> tuple[Mapping[str, ssl.SSLContext], Path]:
    """Make a server's context for each way to have a wrong certificate, and the file of those that callers trust."""
    names = {
        "is signed by itself": ("alone.test", "localhost"),
        "is expired": ("expired.test", "localhost"),
        "is somebody else": ("somebody.test",),
    }
    contexts = {}
    for number, (ill, known) in enumerate(names.items()):
        place = folder / f"{number}"
        place.mkdir()
        contexts[ill], _ = self_signed(place, *known, days=1 if ill == "is expired" else 36_500)
    trusted = folder / "trusted.pem"
    trusted.write_bytes(b"".join((folder / f"{number}" / "server.pem").read_bytes() for number in (1, 2)))
    return contexts, trusted


@asynccontextmanager
async def misbehaving(ward: Ward, contexts: Mapping[str, ssl.SSLContext]) -> AsyncIterator[Mapping[str, str]]:
    """Give an address for each way to misbehave."""
    async with AsyncExitStack() as stack:
        addresses = {ill: ward.address(ill) for ill in ILLS}
        for ill, context in contexts.items():
            server = await stack.enter_async_context(Target(tls=context))
            addresses[ill] = server.url(host="localhost", scheme="https")
        addresses["speaks no TLS"] = await stack.enter_async_context(_without_tls())
        addresses["is closed"] = stack.enter_context(_closed_port())
        addresses["takes no connection"] = stack.enter_context(_full_port())
        yield addresses


@asynccontextmanager
async def _without_tls() -> AsyncIterator[str]:
    """Give an address where somebody answers a greeting of TLS as web servers do that are asked in plain."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(_busy("400 Bad Request"))
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@contextmanager
def _closed_port() -> Iterator[str]:
    """Give an address at which nobody listens, and nobody else will."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/"


@contextmanager
def _full_port() -> Iterator[str]:
    """Give an address at which somebody listens who takes none of those that wait already."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(NEVER_ACCEPTED):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
