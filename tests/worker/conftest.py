"""A world for each test: a database of its own where other tests' runs are not."""

from collections.abc import AsyncIterator, Iterator

import pytest
from pydantic import SecretStr

from app.core.config import VaultSettings
from app.models.partitions import ensure_partitions
from tests.factories.vault_rows import VaultRows
from tests.fixtures.api import Client, serving
from tests.fixtures.clock import NOON, ManualClock
from tests.fixtures.echo import EchoTarget
from tests.fixtures.patience import patience_with_valkey
from tests.fixtures.target import Target
from tests.worker.office import Office
from tests.worker.planned import schedules_of, worker_database
from tests.worker.resumed import House
from tests.worker.world import VAULT_KEYS, World
from worker.execution.schedules import Schedules


@pytest.fixture(scope="package", autouse=True)
def patience() -> Iterator[None]:
    with patience_with_valkey():
        yield


@pytest.fixture
async def world(own_database: str, redis_url: str) -> AsyncIterator[World]:
    world = World(own_database, redis_url)
    await world.flush_redis()
    yield world
    await world.close()


@pytest.fixture
async def house(own_database: str, redis_url: str) -> AsyncIterator[House]:
    """Return a world with the API in it, and a target for calls."""
    world = World(own_database, redis_url)
    await world.flush_redis()
    async with serving(own_database, redis_url) as app, Client(app) as api, Target() as target:
        yield House(api, world, target)
    await world.close()


@pytest.fixture
async def office(own_database: str, redis_url: str) -> AsyncIterator[Office]:
    """Return a world with the API in it, both with the same keys."""
    world = World(own_database, redis_url)
    await world.flush_redis()
    async with (
        serving(own_database, redis_url, vault=VaultSettings(keys=SecretStr(VAULT_KEYS))) as app,
        Client(app) as api,
    ):
        yield Office(api, world)
    await world.close()


@pytest.fixture
def vault(world: World) -> VaultRows:
    return VaultRows(world.execute, VAULT_KEYS)


@pytest.fixture
async def echo() -> AsyncIterator[EchoTarget]:
    async with EchoTarget() as target:
        yield target


@pytest.fixture
def clock() -> ManualClock:
    """Return the clock of `firing`."""
    return ManualClock()


@pytest.fixture
async def firing(world: World, clock: ManualClock) -> AsyncIterator[Schedules]:
    """Return what fires schedules, under the role that workers have."""
    await ensure_partitions(world.database, NOON)
    database = worker_database(world)
    yield schedules_of(world, clock, database)
    await database.dispose()
