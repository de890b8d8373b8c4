"""A way out that may reach this machine, and a SOAP service on it."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from app.outbound.addresses import workflow_policy
from app.outbound.client import OutboundClient
from tests.fixtures.soap_service import SoapService


@pytest.fixture
async def http() -> AsyncIterator[OutboundClient]:
    client = OutboundClient(workflow_policy([ip_network("127.0.0.0/8")]))
    yield client
    await client.aclose()


@pytest.fixture
async def service() -> AsyncIterator[SoapService]:
    async with SoapService() as service:
        yield service
