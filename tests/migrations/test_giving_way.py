"""A migration of tables in use waits for them without letting others wait."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.migrate import migrate
from app.core.clock import Clock
from app.core.db import create_engine
from app.core.errors import SetupError
from app.models.schema_version import REQUIRED_REVISION, found_revision
from tests.migrations.next_revision import NEXT, go_on_to, write_next_revision

READ = text("SELECT count(*) FROM runs")
PATIENCE_SECONDS = 5


@pytest.fixture
def url(make_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a database which migrations of this test lead beyond the present schema."""
    monkeypatch.setattr(command, "upgrade", command.upgrade)
    write_next_revision(tmp_path)
    go_on_to(tmp_path)
    return make_database()


@pytest.fixture
async def owner(url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(url, role=None, pool_size=3, application="test")
    yield engine
    await engine.dispose()


async def test_nobody_waits_behind_a_migration_that_waits(
    owner: AsyncEngine, url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Somebody reads for long, as a backup does; others read and claim meanwhile, and the operator is told."""
    said = ""
    async with owner.connect() as backup:
        await backup.execute(READ)
        migrating = asyncio.create_task(asyncio.to_thread(migrate, url, Clock()))
        async with owner.connect() as server:
            await server.execute(text(f"SET statement_timeout = '{PATIENCE_SECONDS}s'"))
            while "trying until they are free" not in said:
                await server.execute(READ)
                await asyncio.sleep(0.02)
                said += capfd.readouterr().err
        assert await found_revision(owner) == REQUIRED_REVISION
        assert not migrating.done()
    await migrating
    assert await found_revision(owner) == NEXT


async def test_a_migration_that_fails_for_another_reason_is_not_repeated(owner: AsyncEngine, url: str) -> None:
    async with owner.begin() as connection:
        await connection.execute(text("CREATE TABLE paints ()"))
    with pytest.raises(SetupError, match='relation "paints" already exists'):
        await asyncio.to_thread(migrate, url, Clock())
    assert await found_revision(owner) == REQUIRED_REVISION
