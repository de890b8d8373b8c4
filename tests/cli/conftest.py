"""What tests of the commands on definitions share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.cli.repository import ID, NUMBERS, Repository


@pytest.fixture
def repository(postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[Repository]:
    """Return a folder of an organization without workflows. Logs are kept out of what is printed, as in commands."""
    with structlog.testing.capture_logs():
        yield Repository(postgres_url, redis_url, tmp_path, f"files-{os.getpid()}-{next(NUMBERS)}")


@pytest.fixture
def own_id() -> str:
    """Return an id that no other test uses."""
    return f"{ID[:-6]}{next(NUMBERS):06}"
