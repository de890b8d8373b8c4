"""A database of its own for each test that changes the schema."""

from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import create_engine


@pytest.fixture
async def owner(make_database: Callable[[], str]) -> AsyncIterator[AsyncEngine]:
    """Return the schema's owner in a migrated database that no other test uses."""
    engine = create_engine(make_database(), role=None, pool_size=2, application="test")
    yield engine
    await engine.dispose()
