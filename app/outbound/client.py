"""The one way out of the process: guarded HTTP calls with a deadline, bounded answers and no memory between calls."""

import asyncio
import ssl
from typing import cast

import aiohttp
from aiohttp.abc import AbstractResolver

from app.core.importing import without

with without("click"):  # 4 MiB for a command line that nobody calls
    import httpx

from app.graph.errors import PermanentError, TemporaryError
from app.graph.ports import Departure, HttpAnswer, HttpCall
from app.outbound.addresses import EgressPolicy
from app.outbound.failures import explain
from app.outbound.inflate import InflateError, inflate
from app.outbound.prepare import MAX_REDIRECTS, Outgoing, next_hop, prepare
from app.outbound.transport import CONNECT_SECONDS, DEPARTURE, guarded_transport, tls_context

_EXTENSIONS = {"timeout": {"connect": CONNECT_SECONDS}}


class OutboundClient:
    """Calls under one policy, over two pools (one a scheme). No cookies, no proxy, nothing from the environment.

    A request whose pooled connection turns out dead is sent again only for idempotent methods, never for POST.
    `resolver` and `tls` are for tests.
    """

    def __init__(
        self, policy: EgressPolicy, *, resolver: AbstractResolver | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        context = tls or tls_context()
        self._policies = {"https": policy.https, "http": policy.http}
        self._transports = {
            scheme: guarded_transport(rule, context, resolver) for scheme, rule in self._policies.items()
        }

    async def call(self, call: HttpCall) -> HttpAnswer:
        """Return the answer whatever its status.

        Raises `TemporaryError` (connection, name, timeout) or `PermanentError` (refused address, bad URL or header,
        answer too large). The message names the host, never the path or query, which may hold secrets.
        """
        outgoing = prepare(call)
        try:
            async with asyncio.timeout(call.timeout_seconds):
                return await self._follow(outgoing, call)
        except TimeoutError:
            raise TemporaryError(f"{outgoing.host} did not answer within {call.timeout_seconds:.3g} s") from None

    async def aclose(self) -> None:
        """Close both pools."""
        for transport in self._transports.values():
            await transport.aclose()

    async def _follow(self, outgoing: Outgoing, call: HttpCall) -> HttpAnswer:
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._send(outgoing, call.departure)
            try:
                following = self._next_hop(outgoing, response) if call.follow_redirects else None
                if following is None:
                    return await _read(response, outgoing.host, call.max_bytes)
            finally:
                await response.aclose()
            outgoing = following
        raise PermanentError(f"there were more than {MAX_REDIRECTS} redirects")

    async def _send(self, outgoing: Outgoing, departure: Departure) -> httpx.Response:
        request = httpx.Request(
            outgoing.method,
            outgoing.url,
            headers=list(outgoing.headers),
            content=outgoing.body,
            extensions=_EXTENSIONS,
        )
        DEPARTURE.set(departure)  # which httpx has no way to hand on; each request sets its own
        try:
            return await self._transports[outgoing.url.scheme].handle_async_request(request)
        except (httpx.HTTPError, aiohttp.ClientError, OSError, ValueError) as error:
            refusal = self._policies[outgoing.url.scheme].refusal
            raise explain(error, outgoing.host, refusal) from error

    def _next_hop(self, outgoing: Outgoing, response: httpx.Response) -> Outgoing | None:
        return next_hop(outgoing, response.status_code, response.headers.get("location"))


async def _read(response: httpx.Response, host: str, limit: int) -> HttpAnswer:
    raw = await _read_capped(response, host, limit)
    try:
        body = inflate(raw, response.headers.get("content-encoding", ""), limit)
    except InflateError as error:
        raise PermanentError(f"the answer of {host} {error}") from error
    reason = cast("bytes", response.extensions.get("reason_phrase", b"")).decode("utf-8", "replace")
    return HttpAnswer(response.status_code, reason, dict(response.headers.items()), body)


async def _read_capped(response: httpx.Response, host: str, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in cast("httpx.AsyncByteStream", response.stream):
            size += len(chunk)
            if size > limit:
                raise PermanentError(f"the answer of {host} is larger than {limit} bytes")
            chunks.append(chunk)
    except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
        raise explain(error, host, refusal="") from error
    return b"".join(chunks)
