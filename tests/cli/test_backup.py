"""`virga backup`: the file that it writes, beside servers, and what it says and refuses."""

import asyncio
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from app.cli.archive import Archive
from app.cli.postgres_programs import installed
from app.models.rotation import SEALED_COLUMNS
from app.models.startup import needed_keys
from tests.cli.backups import Original, start, virga
from tests.faults.system import until
from tests.fixtures.api import Database, database_of
from tests.fixtures.serving import PATIENCE_SECONDS
from tests.worker.world import World, chain, text

IS_BLOCKED = """
    SELECT count(*) > 0 FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'virga-backup' AND wait_event_type = 'Lock'
"""


@pytest.fixture
async def database(own_database: str) -> AsyncIterator[Database]:
    async with database_of(own_database) as database:
        yield database


@asynccontextmanager
async def blocked(database: Database, url: str, file: Path) -> "AsyncIterator[subprocess.Popen[str]]":
    """Start a backup, and keep it from reading on once pg_dump has begun."""
    connection = await asyncpg.connect(url)
    begun = connection.transaction()
    await begun.start()
    await connection.execute("LOCK TABLE vault_items")
    process = start(url, "backup", str(file))
    try:
        await until(lambda: database.value(IS_BLOCKED))
        yield process
    finally:
        await begun.rollback()
        await connection.close()
        await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)


def names_in(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


def test_it_says_what_is_not_in_the_file(original: Original) -> None:
    first, second = original.said.splitlines()
    assert first.endswith(" bytes, a backup of the database as it was when this began.")
    assert second == (
        'Not in it: the vault keys. What is secret in it can only be read with "k1": '
        "keep the value of VIRGA_VAULT__KEYS elsewhere."
    )


def test_nobody_else_can_read_the_file(original: Original) -> None:
    assert stat.S_IMODE(original.file.stat().st_mode) == 0o600
    assert names_in(original.file.parent) == [original.file.name]


async def test_a_backup_without_secrets_needs_no_key(own_database: str, tmp_path: Path) -> None:
    done = await virga(own_database, "backup", str(tmp_path / "virga.dump"))
    assert done.printed.endswith("\nNothing in it is encrypted with a vault key.\n")


async def test_the_keys_that_a_file_names_are_those_that_a_server_needs(original: Original) -> None:
    archive = Archive.open(original.file, installed()[-1])
    columns = [(column.table, column.key_id) for column in SEALED_COLUMNS] + [("run_waits", "token_key_id")]
    found = {row[column] for table, column in columns for row in archive.rows(table)} - {None}
    async with database_of(original.url) as database:
        assert found == await needed_keys(database.engine) == {"k1"}


async def test_rows_are_read_from_the_file_as_they_were_written(original: Original) -> None:
    archive = Archive.open(original.file, installed()[-1])
    async with database_of(original.url) as database:
        rows = await database.rows("SELECT id, name, encode(secret, 'hex') AS secret, expires_at FROM vault_items")
        assert [
            (row["id"], row["name"], (row["secret"] or "")[2:], row["expires_at"])
            for row in archive.rows("vault_items")
        ] == [tuple(row) for row in rows]


async def test_everything_in_it_is_of_one_moment(
    own_database: str, redis_url: str, empty_url: str, tmp_path: Path
) -> None:
    """Runs and their counters are written together, all the time."""
    world, stop = World(own_database, redis_url), asyncio.Event()
    workflow = await world.add_workflow(*chain(text("said", "x")))

    async def load() -> None:
        while not stop.is_set():
            await asyncio.gather(*(world.start_unrung(workflow) for _ in range(20)))

    loading = asyncio.create_task(load())
    await world.holds("SELECT count(*) > 100 FROM runs")
    done = await virga(own_database, "backup", str(tmp_path / "virga.dump"))
    stop.set()
    await loading
    await world.close()
    assert done.code == 0
    assert (await virga(empty_url, "restore", str(tmp_path / "virga.dump"), "--take-over")).code == 0
    async with database_of(empty_url) as restored:
        runs = await restored.value("SELECT count(*) FROM runs")
        assert runs == await restored.value("SELECT sum(count) FROM workflow_counts WHERE status = 'accepted'")
    assert runs > 100


async def test_a_file_that_is_there_is_kept(own_database: str, tmp_path: Path) -> None:
    file = tmp_path / "virga.dump"
    file.write_text("precious")
    done = await virga(own_database, "backup", str(file))
    assert (done.code, done.printed) == (2, "")
    assert done.complained == f"{file} is there already: name another file, a backup overwrites nothing.\n"
    assert (file.read_text(), names_in(tmp_path)) == ("precious", [file.name])


@pytest.mark.parametrize(("place", "why"), [("none/x", "No such file or directory"), ("file/x", "Not a directory")])
async def test_a_place_where_nothing_can_be_written(own_database: str, tmp_path: Path, place: str, why: str) -> None:
    (tmp_path / "file").touch()
    done = await virga(own_database, "backup", str(tmp_path / place))
    assert (done.code, done.complained) == (2, f"{tmp_path / place} cannot be written: {why}.\n")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no limit can be set for another process")
async def test_no_space_leaves_no_file(original: Original, tmp_path: Path) -> None:
    """Files may not grow past 8 KiB here, which fails as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    process = start(original.url, "backup", str(tmp_path / "virga.dump"))
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8192, before[1]))
    printed, complained = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
    assert (process.returncode, printed) == (2, "")
    said = complained.splitlines()[0]  # what measures coverage has no space either, and says so behind it
    assert said == "The backup failed: could not write to output file: File too large."
    assert names_in(tmp_path) == []


async def test_a_database_without_a_schema(empty_url: str, tmp_path: Path) -> None:
    done = await virga(empty_url, "backup", str(tmp_path / "virga.dump"))
    assert (done.code, done.complained) == (
        2,
        "There is nothing to back up: the database has no schema of Virga.\n",
    )
    assert names_in(tmp_path) == []


async def test_no_argument_shows_the_password(database: Database, own_database: str, tmp_path: Path) -> None:
    async with blocked(database, own_database, tmp_path / "virga.dump") as process:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        commands = [" ".join(one.cmdline()) for one in family]
    assert any("pg_dump" in command for command in commands)
    assert not [command for command in commands if ":test@" in command or "postgresql://" in command]
    assert process.returncode == 0


async def test_asked_to_stop_it_leaves_no_file(database: Database, own_database: str, tmp_path: Path) -> None:
    async with blocked(database, own_database, tmp_path / "virga.dump") as process:
        process.terminate()
        await asyncio.to_thread(process.wait, PATIENCE_SECONDS)
    assert (process.returncode, names_in(tmp_path)) == (128 + signal.SIGTERM, [])


async def test_killed_it_leaves_no_program_behind_and_no_file_of_that_name(
    database: Database, own_database: str, tmp_path: Path
) -> None:
    async with blocked(database, own_database, tmp_path / "virga.dump") as process:
        [program] = psutil.Process(process.pid).children()
        process.kill()
        await asyncio.to_thread(program.wait, PATIENCE_SECONDS)
    assert not (tmp_path / "virga.dump").exists()


async def test_a_user_who_does_not_see_all_rows_makes_no_backup(
    own_database: str, database: Database, tmp_path: Path, process_number: int
) -> None:
    role = f"partial_{process_number}"
    for statement in (f"CREATE ROLE {role} LOGIN PASSWORD 'x'", f"GRANT virga_api TO {role}"):
        await database.execute(statement)
    try:
        done = await virga(own_database.replace("virga:test@", f"{role}:x@"), "backup", str(tmp_path / "x.dump"))
    finally:
        await database.execute(f"DROP ROLE {role}")
    assert (done.code, done.complained) == (
        2,
        "The user of DATABASE_URL does not see all rows: make backups as the user that ran `virga migrate`.\n",
    )
