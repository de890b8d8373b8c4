"""An SSH host on loopback, and the way to it under the product's policy."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from app.outbound.addresses import workflow_policy
from app.outbound.dialling import Dialler
from tests.fixtures.ssh_host import SshHost
from worker.adapters.ssh.lazy import LazySsh

LOOPBACK = workflow_policy([ip_network("127.0.0.0/8")]).https


@pytest.fixture
def ssh() -> LazySsh:
    return LazySsh(Dialler(LOOPBACK))


@pytest.fixture
async def host() -> AsyncIterator[SshHost]:
    async with SshHost() as host:
        yield host
