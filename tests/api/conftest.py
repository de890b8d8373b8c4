"""Clients of the probe application, and of the whole API."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog

from app.http.openapi import Api
from tests.api.probe import Observed, client_of, probe_app
from tests.factories.workflows import Json, workflow
from tests.fixtures.api import Client, Database, database_of, serving
from tests.fixtures.patience import patience_with_valkey


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Write tracebacks as they are: the library's default paints them, which takes seconds."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="package", autouse=True)
def patience() -> Iterator[None]:
    with patience_with_valkey():
        yield


@pytest.fixture
def observed() -> Observed:
    return Observed()


@pytest.fixture
async def probe(observed: Observed) -> AsyncIterator[httpx.AsyncClient]:
    async for client in client_of(probe_app(observed)):
        yield client


@pytest.fixture(scope="module")
async def app(postgres_url: str, redis_url: str) -> AsyncIterator[Api]:
    """Return the whole API, which the tests of a module share: opening it takes longer than most of them."""
    async with serving(postgres_url, redis_url) as served:
        yield served


@pytest.fixture
async def api(app: Api) -> AsyncIterator[Client]:
    """Return a client of an organization of its own."""
    async with Client(app) as client:
        yield client


@pytest.fixture
async def run(api: Client) -> Json:
    """Return a run that nobody has taken yet."""
    saved = await api.created(workflow())
    return await api.started(saved["id"])


@pytest.fixture
async def own_api(postgres_url: str, redis_url: str) -> AsyncIterator[Client]:
    """Return a client of an application that nobody else uses: the test may break what it holds."""
    async with serving(postgres_url, redis_url) as served, Client(served) as client:
        yield client


@pytest.fixture(scope="module")
async def database(postgres_url: str) -> AsyncIterator[Database]:
    """Return the database of `api` as its owner sees it."""
    async with database_of(postgres_url) as opened:
        yield opened
