"""Clients under the product's policies, over loopback servers only."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_network

import pytest

from app.graph.ports import HttpCall
from app.outbound.addresses import EgressPolicy, workflow_policy
from app.outbound.client import OutboundClient
from tests.fixtures.names import StubResolver

OpenClient = Callable[..., OutboundClient]

LOOPBACK = workflow_policy([ip_network("127.0.0.0/8"), ip_network("::1/128")])


@pytest.fixture
async def open_client() -> AsyncIterator[OpenClient]:
    """Return a function that opens a client which is closed after the test."""
    async with AsyncExitStack() as stack:

        def open_one(
            policy: EgressPolicy = LOOPBACK, names: Mapping[str, Sequence[str]] | None = None
        ) -> OutboundClient:
            client = OutboundClient(policy, resolver=StubResolver(names or {}))
            stack.push_async_callback(client.aclose)
            return client

        yield open_one


def get(url: str, **changes: object) -> HttpCall:
    """Return a plain call, with some fields changed."""
    fields: dict[str, object] = {
        "method": "GET",
        "url": url,
        "headers": [],
        "body": None,
        "timeout_seconds": 5.0,
        "max_bytes": 100_000,
    }
    return HttpCall(**{**fields, **changes})  # type: ignore[arg-type] # the tests name the fields
