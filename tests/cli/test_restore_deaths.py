"""A restore that dies in the middle leaves nothing that servers would work on, and is simply repeated."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from app.cli.restore import INTERRUPTED
from tests.cli.backups import MARKER, Original, backed_up, start, tables_of, virga
from tests.faults.system import until
from tests.fixtures.api import Database, database_of
from tests.fixtures.serving import PATIENCE_SECONDS

LIVE = "SELECT count(*) FROM runs WHERE status NOT IN ('completed', 'failed')"
IS_LOADED = "SELECT to_regclass('workflows') IS NOT NULL"
IS_BLOCKED = """
    SELECT count(*) > 0 FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'virga-restore' AND wait_event_type = 'Lock'
"""
NO_PARTITIONS = "SELECT pg_advisory_xact_lock(hashtext('virga_partitions'))"
NO_TABLE = "CREATE TABLE workflows ()"
ISSUERS = '[{"secret": "a secret of at least thirty-two bytes"}]'


@pytest.fixture(scope="module")
async def original(
    make_database: Callable[[], str], redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Original:
    """Return a backup that lacks the last month's partitions, which restoring therefore makes."""
    url = make_database()
    async with database_of(url) as database:
        [last] = await database.rows("SELECT max(tablename) AS part FROM pg_tables WHERE tablename LIKE 'runs_2%'")
        await database.execute(f"DROP TABLE {last.part}")
    return await backed_up(url, redis_url, tmp_path_factory.mktemp("backups") / "virga.dump")


@asynccontextmanager
async def stuck(restored: Database, held: str, fact: str, *arguments: str) -> "AsyncIterator[subprocess.Popen[str]]":
    """Start a restore that cannot get past what the statement `held` holds, and go on once `fact` holds."""
    url = restored.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    begun = connection.transaction()
    await begun.start()
    await connection.execute(held)
    process = start(url, "restore", *arguments)
    try:
        await until(lambda: restored.value(fact))
        yield process
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
        await begun.rollback()
        await connection.close()


async def test_killed_before_runs_are_ended_it_is_repeated(
    original: Original, restored: Database, empty_url: str, tmp_path: Path
) -> None:
    """The rows are there; only partitions are waited for. No process takes the database for a whole one."""
    async with stuck(restored, NO_PARTITIONS, IS_LOADED, str(original.file)) as process:
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert await restored.value(LIVE) == len(original.under_way)
    for command in ("api", "worker"):
        options = ["--port", "0"] if command == "api" else []
        done = await virga(empty_url, command, *options, REDIS_URL="redis://nowhere", VIRGA_AUTH__ISSUERS=ISSUERS)
        assert (done.code, done.complained) == (
            2,
            "The database has no schema, this version needs 0003; run `virga migrate`.\n",
        )
    done = await virga(empty_url, "migrate")
    assert done.complained == "A restore into this database was not finished: run `virga restore` once more.\n"
    done = await virga(empty_url, "backup", str(tmp_path / "x.dump"))
    assert done.complained == "There is nothing to back up: the database has no schema of Virga.\n"
    assert await restored.value(LIVE) == len(original.under_way)
    assert (await virga(empty_url, "restore", str(original.file))).code == 0
    rows = await restored.rows("SELECT id FROM runs WHERE error_message = :message", message=INTERRUPTED)
    assert {row.id for row in rows} == original.under_way
    assert await restored.value(MARKER) is False


async def test_killed_while_rows_are_loaded_it_is_repeated(
    original: Original, restored: Database, empty_url: str
) -> None:
    """The program that loads them dies too, and none of them is there."""
    async with stuck(restored, NO_TABLE, IS_BLOCKED, str(original.file), "--take-over") as process:
        process.kill()
    assert (await restored.value(MARKER), await tables_of(empty_url)) == (True, 1)
    assert (await virga(empty_url, "restore", str(original.file), "--take-over")).code == 0
    assert await restored.value(LIVE) == len(original.under_way)


async def test_asked_to_stop_it_leaves_the_database_empty(
    original: Original, restored: Database, empty_url: str
) -> None:
    async with stuck(restored, NO_TABLE, IS_BLOCKED, str(original.file)) as process:
        process.terminate()
        await asyncio.to_thread(process.wait, PATIENCE_SECONDS)
    assert process.returncode == 128 + signal.SIGTERM
    assert await tables_of(empty_url) == 0


async def test_two_at_once_restore_once(original: Original, restored: Database, empty_url: str) -> None:
    both = await asyncio.gather(*(virga(empty_url, "restore", str(original.file)) for _ in range(2)))
    assert sorted(done.code for done in both) == [0, 2]
    [refusal] = [done.complained for done in both if done.code]
    assert refusal.startswith("The database is not empty, it has ")
    assert await restored.value(LIVE) == 0
