"""The client that loads its libraries with its first call."""

import asyncio
import subprocess
import sys

from app.outbound.lazy import LazyOutboundClient
from tests.fixtures.target import Target, answer
from tests.unit.outbound.conftest import LOOPBACK, get


def test_an_api_that_has_called_nobody_has_not_loaded_them() -> None:
    loaded = "import sys, app.main; print(*sorted({'aiohttp', 'httpx', 'app.outbound.client'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert said.stdout.split() == []


async def test_first_calls_at_once_are_answered_by_one_client() -> None:
    client = LazyOutboundClient(LOOPBACK)
    async with Target(answer(b"here")) as target:
        answered = await asyncio.gather(*(client.call(get(target.url())) for _ in range(5)))
        first = client._client
        await client.call(get(target.url()))
        assert client._client is first
        await client.aclose()
    assert [one.body for one in answered] == [b"here"] * 5


async def test_one_that_was_never_called_closes() -> None:
    await LazyOutboundClient(LOOPBACK).aclose()
