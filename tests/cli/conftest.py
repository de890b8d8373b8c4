"""What tests of the commands on definitions share."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli.backups import Original, backed_up, fresh_database
from tests.cli.repository import ID, NUMBERS, Repository
from tests.fixtures.api import Database, database_of


@pytest.fixture
def repository(postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Repository]:
    """Return a folder of an organization without workflows. Logs are kept out of what is printed, as in commands."""
    with structlog.testing.capture_logs():
        yield Repository(postgres_url, redis_url, tmp_path, f"files-{os.getpid()}-{next(NUMBERS)}")


@pytest.fixture
def own_id() -> str:
    """Return an id that no other test uses."""
    return f"{ID[:-6]}{next(NUMBERS):06}"


@pytest.fixture(scope="module")
async def original(
    make_database: Callable[[], str], redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Original:
    """Return an installation with something of everything, and its backup."""
    return await backed_up(make_database(), redis_url, tmp_path_factory.mktemp("backups") / "virga.dump")


@pytest.fixture
def empty_url(postgres_url: str, process_number: int) -> Iterator[str]:
    """Return the URL of a database without a schema."""
    with fresh_database(postgres_url, process_number) as url:
        yield url


@pytest.fixture
async def restored(empty_url: str) -> AsyncIterator[Database]:
    """Return the database of `empty_url` as its owner sees it."""
    async with database_of(empty_url) as database:
        yield database
