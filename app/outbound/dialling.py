"""Guarded TCP connections, for what is not HTTP: every numeric address passes the policy before it is dialled."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from app.graph.errors import PermanentError
from app.outbound.addresses import AddressPolicy, parse
from app.outbound.failures import not_connected, not_resolved

CONNECT_SECONDS = 10.0  # over the look-up and all of a name's addresses together

SocketAddress = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, SocketAddress]
Resolve = Callable[[str, int], Awaitable[Sequence[AddressInfo]]]

_PORTS = range(1, 65_536)
_MAX_NAME = 253  # what the domain name system can carry


class Dialler:
    """Connects to hosts under one policy. No proxy, and nothing from the environment.

    `resolve` gives a name's numeric addresses, or raises `OSError`; it is for tests.
    """

    def __init__(self, policy: AddressPolicy, resolve: Resolve | None = None) -> None:
        self._policy = policy
        self._resolve = resolve or look_up

    async def dial(self, host: str, port: int, *, timeout_seconds: float = CONNECT_SECONDS) -> socket.socket:
        """Return a connected socket that does not block, to be closed by whoever asked for it.

        `host` is a name or a numeric address, with its scope if it has one. All addresses that the policy admits are
        tried, one after the other. Raises `TemporaryError` (name, connection, timeout) or `PermanentError` (refused
        address, impossible host or port), whose sentences are those of HTTP calls and tell nothing about closed ports.
        """
        if not _is_possible(host) or port not in _PORTS:
            raise PermanentError("the host or the port is not valid; they should look like mail.example.com and 587")
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        try:
            async with asyncio.timeout_at(deadline):
                admitted = self._admitted(host, await self._found(host, port))
                return await _first_connected(admitted, deadline)
        except OSError:  # a timeout is one, too
            raise not_connected(host) from None

    async def _found(self, host: str, port: int) -> Sequence[AddressInfo]:
        try:
            return await self._resolve(host, port)
        except TimeoutError:
            raise
        except (OSError, UnicodeError):
            raise not_resolved(host) from None

    def _admitted(self, host: str, found: Sequence[AddressInfo]) -> Sequence[AddressInfo]:
        if not found:
            raise not_resolved(host)
        admitted = [info for info in found if self._admits(info)]
        if not admitted:
            raise PermanentError(self._policy.refusal.format(host=host))
        return admitted

    def _admits(self, info: AddressInfo) -> bool:
        address = parse(str(info[4][0]))
        return address is not None and self._policy.admits(address)


async def look_up(host: str, port: int) -> Sequence[AddressInfo]:
    """Return what the machine knows of a name, or a numeric address as it is. Raises `OSError`, `UnicodeError`."""
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)


async def _first_connected(admitted: Sequence[AddressInfo], deadline: float) -> socket.socket:
    """Connect to the first address that answers. Each takes its share of the time, so that a silent one is not all."""
    loop = asyncio.get_running_loop()
    failure = OSError()
    for left, info in zip(range(len(admitted), 0, -1), admitted, strict=True):
        now = loop.time()
        try:
            async with asyncio.timeout_at(now + (deadline - now) / left):
                return await _connect(info)
        except OSError as error:
            failure = error
    raise failure


async def _connect(info: AddressInfo) -> socket.socket:
    family, kind, protocol, _, address = info
    dialled = socket.socket(family, kind, protocol)
    try:
        dialled.setblocking(False)
        await asyncio.get_running_loop().sock_connect(dialled, address)
    except BaseException:
        dialled.close()
        raise
    return dialled


def _is_possible(host: str) -> bool:
    return 0 < len(host) <= _MAX_NAME and host.isprintable() and " " not in host
