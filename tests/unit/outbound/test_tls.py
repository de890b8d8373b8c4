"""Calls over TLS: certificates are checked, and failures say what is wrong with them."""

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest

from app.graph.errors import PermanentError, TemporaryError
from app.outbound.client import OutboundClient
from app.outbound.failures import explain
from tests.fixtures.certificates import self_signed
from tests.fixtures.names import StubResolver
from tests.fixtures.target import Target, answer
from tests.unit.outbound.conftest import LOOPBACK, OpenClient, get

NAMES = {"secure.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}


def trusting(context: ssl.SSLContext) -> OutboundClient:
    return OutboundClient(LOOPBACK, resolver=StubResolver(NAMES), tls=context)


async def test_a_call_over_tls_works(tmp_path: Path) -> None:
    server, trust = self_signed(tmp_path, "secure.example")
    client = trusting(trust)
    async with Target(answer(b"secret"), tls=server) as target:
        got = await client.call(get(target.url(host="secure.example", scheme="https")))
    await client.aclose()
    assert got.body == b"secret"


async def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    server, trust = self_signed(tmp_path, "secure.example")
    client = trusting(trust)
    async with Target(tls=server) as target:
        with pytest.raises(PermanentError, match=r"certificate of other\.example is not valid: .*other\.example"):
            await client.call(get(target.url(host="other.example", scheme="https")))
    await client.aclose()


async def test_an_unknown_authority_is_refused_by_default(tmp_path: Path, open_client: OpenClient) -> None:
    server, _ = self_signed(tmp_path, "secure.example")
    async with Target(tls=server) as target:
        with pytest.raises(PermanentError, match="is not valid: self-signed certificate"):
            await open_client(names=NAMES).call(get(target.url(host="secure.example", scheme="https")))


async def test_an_expired_certificate_is_refused(tmp_path: Path) -> None:
    server, trust = self_signed(tmp_path, "secure.example", days=1)
    client = trusting(trust)
    async with Target(tls=server) as target:
        with pytest.raises(PermanentError, match="certificate has expired"):
            await client.call(get(target.url(host="secure.example", scheme="https")))
    await client.aclose()


async def test_a_server_without_tls_is_a_connection_failure(open_client: OpenClient) -> None:
    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TemporaryError, match=r"no TLS connection to 127\.0\.0\.1 could be made"):
            await open_client().call(get(f"https://127.0.0.1:{port}/"))


def test_a_connection_that_takes_too_long_is_a_connection_failure() -> None:
    failure = explain(aiohttp.ConnectionTimeoutError(), "slow.example", refusal="")
    assert (type(failure), failure.message) == (TemporaryError, "could not connect to slow.example")
