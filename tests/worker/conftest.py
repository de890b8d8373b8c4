"""A world for each test: a database of its own where other tests' runs are not."""

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from app.core.config import VaultSettings
from tests.factories.vault_rows import VaultRows
from tests.fixtures.api import Client, serving
from tests.fixtures.echo import EchoTarget
from tests.fixtures.target import Target
from tests.worker.office import Office
from tests.worker.resumed import House
from tests.worker.world import VAULT_KEYS, World


@pytest.fixture
async def world(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[World]:
    world = World(make_database(), redis_url)
    await world.flush_redis()
    yield world
    await world.close()


@pytest.fixture
async def house(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[House]:
    """Return a world with the API in it, and a target for calls."""
    url = make_database()
    world = World(url, redis_url)
    await world.flush_redis()
    async with serving(url, redis_url) as app, Client(app) as api, Target() as target:
        yield House(api, world, target)
    await world.close()


@pytest.fixture
async def office(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[Office]:
    """Return a world with the API in it, both with the same keys."""
    url = make_database()
    world = World(url, redis_url)
    await world.flush_redis()
    async with serving(url, redis_url, vault=VaultSettings(keys=SecretStr(VAULT_KEYS))) as app, Client(app) as api:
        yield Office(api, world)
    await world.close()


@pytest.fixture
def vault(world: World) -> VaultRows:
    return VaultRows(world.execute, VAULT_KEYS)


@pytest.fixture
async def echo() -> AsyncIterator[EchoTarget]:
    async with EchoTarget() as target:
        yield target
