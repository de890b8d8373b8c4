"""A client of the probe application."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.probe import Observed, client_of, probe_app


@pytest.fixture
def observed() -> Observed:
    return Observed()


@pytest.fixture
async def probe(observed: Observed) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(probe_app(observed)):
        yield client
