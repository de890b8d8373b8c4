"""A backup moves to databases of other owners, and from older schemas."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from alembic import command

from tests.cli.backups import Original, fresh_database, virga
from tests.fixtures.api import database_of
from tests.migrations.test_migrations import migrate

COUNT = "SELECT count(*) FROM runs"
OWNERS = "SELECT DISTINCT roles::text FROM pg_policies WHERE policyname = 'owner'"


@pytest.fixture
async def plain(postgres_url: str, process_number: int) -> AsyncIterator[str]:
    """Return a role that owns databases and is no superuser, whom row-level security binds."""
    role = f"plain_{process_number}"
    async with database_of(postgres_url) as database:
        await database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
        for granted in ("virga_api", "virga_worker", "virga_starter"):
            await database.execute(f"GRANT {granted} TO {role} WITH ADMIN OPTION")
        yield role
        await database.execute(f"DROP ROLE {role}")


async def test_who_owns_the_old_database_need_not_own_the_new_one(
    original: Original, plain: str, postgres_url: str, process_number: int, tmp_path: Path
) -> None:
    """From a superuser's to that of an owner whom row-level security binds, and on to another superuser's."""
    async with database_of(original.url) as database:
        runs = await database.value(COUNT)
    with (
        fresh_database(postgres_url, process_number, plain) as first,
        fresh_database(postgres_url, process_number) as second,
    ):
        as_plain = first.replace("virga:test@", f"{plain}:x@")
        for done in (
            await virga(as_plain, "restore", str(original.file)),
            await virga(as_plain, "backup", str(tmp_path / "plain.dump")),
            await virga(second, "restore", str(tmp_path / "plain.dump")),
        ):
            assert (done.code, done.complained) == (0, "")
        for url, owner in ((as_plain, plain), (second, "virga")):
            async with database_of(url) as database:
                assert await database.value(COUNT) == runs
                assert [row.roles for row in await database.rows(OWNERS)] == [f"{{{owner}}}"]


async def test_an_older_schema_is_backed_up_and_comes_back_as_this_versions(
    make_database: Callable[[], str], empty_url: str, tmp_path: Path
) -> None:
    older = make_database()
    async with database_of(older) as database, database.engine.connect() as connection:
        await connection.run_sync(migrate, command.downgrade, "0002")
    assert (await virga(older, "backup", str(tmp_path / "older.dump"))).code == 0
    done = await virga(empty_url, "restore", str(tmp_path / "older.dump"))
    assert (done.code, done.complained) == (0, "")
    async with database_of(empty_url) as database:
        assert await database.value("SELECT version_num FROM alembic_version") == "0003"
        assert await database.value("SELECT count(*) FROM schedule_firings") == 0
