"""The guarded transport: aiohttp's pool under httpx, whose every new connection passes the address policy."""

import socket
import ssl
from contextvars import ContextVar
from functools import cache
from typing import Any

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, AbstractStreamWriter
from aiohttp.connector import Connection
from httpx_aiohttp.transport import AiohttpTransport

from app.graph.ports import FREE, Departure
from app.outbound.addresses import AddressPolicy, parse
from app.outbound.failures import RefusedAddressError

KEEP_ALIVE_SECONDS = 4.0  # shorter than the 5 s after which common servers hang up, so that POSTs rarely meet it
CONNECT_SECONDS = 10.0  # a packet filter that drops would else hold the whole deadline

DEPARTURE: ContextVar[Departure] = ContextVar("departure", default=FREE)  # of the request that is about to be made

AddressInfo = tuple[int, int, int, str, tuple[object, ...]]


class _Request(aiohttp.ClientRequest):
    """Asks whether it may leave once it has its connection: one without a body is written at once, others by a task."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._departure = DEPARTURE.get()

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        if not self.body:
            await self._departure.leave()
        return await super().send(conn)

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        await self._departure.leave()
        await super().write_bytes(writer, conn, content_length)


@cache
def tls_context() -> ssl.SSLContext:
    """Return the process's context, which trusts the bundled authorities and those of the machine."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    return context


def guarded_transport(
    policy: AddressPolicy, tls: ssl.SSLContext, resolver: AbstractResolver | None
) -> httpx.AsyncBaseTransport:
    """Return a transport with a pool of its own; the session opens with the first request, inside the event loop."""

    def open_socket(info: AddressInfo) -> socket.socket:
        address = parse(str(info[4][0]))
        if address is None or not policy.admits(address):
            raise RefusedAddressError
        return socket.socket(info[0], info[1], info[2])

    def open_session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=tls,
            limit=0,  # the engine's slots bound what is in flight
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            resolver=resolver,
            socket_factory=open_socket,
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False, request_class=_Request
        )

    return AiohttpTransport(verify=tls, trust_env=False, client=open_session)
