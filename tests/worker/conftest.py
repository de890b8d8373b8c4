"""A world for each test: a database of its own where other tests' runs are not."""

from collections.abc import AsyncIterator, Callable

import pytest

from tests.worker.world import World


@pytest.fixture
async def world(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[World]:
    world = World(make_database(), redis_url)
    await world.flush_redis()
    yield world
    await world.close()
