"""What `virga restore` refuses, with one sentence, and with the database as empty as before."""

import asyncio
import gzip
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from app.core.crypto import new_master_key
from app.embedded.binaries import postgres_bin
from tests.cli.backups import Done, Original, fresh_database, tables_of, virga
from tests.fixtures.api import database_of
from tests.worker.world import VAULT_KEYS

ANOTHER_K1 = new_master_key("k1")


def refused(done: Done, sentence: str) -> bool:
    """Return whether the command refused with one sentence that begins or ends as given."""
    assert (done.code, done.printed, done.complained.count("\n")) == (2, "", 1), done
    assert re.search(sentence, done.complained), done.complained
    return True


async def test_a_database_that_is_not_empty(original: Original, make_database: Callable[[], str]) -> None:
    url = make_database()
    before = await tables_of(url)
    done = await virga(url, "restore", str(original.file))
    assert refused(done, r"^The database is not empty, it has \d+ tables: restore into an empty database")
    assert await tables_of(url) == before


async def test_a_database_on_which_servers_work(original: Original, empty_url: str) -> None:
    worker = await asyncpg.connect(empty_url, server_settings={"application_name": "virga-worker"})
    done = await virga(empty_url, "restore", str(original.file))
    await worker.close()
    assert refused(done, r"^Servers work on this database \(virga-worker\): stop them first\.$")
    assert await tables_of(empty_url) == 0


NO_BACKUPS = {
    "nothing": b"",
    "a text": b"hello\n" * 200,
    "compressed": gzip.compress(b"PGDMP"),
    "its first word": b"PGDMP",
    "its first word and nothing more": b"PGDMP" + b"\0" * 500,
}


@pytest.mark.parametrize("content", NO_BACKUPS.values(), ids=NO_BACKUPS)
async def test_a_file_that_is_no_backup(empty_url: str, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some.dump"
    file.write_bytes(content)
    assert refused(await virga(empty_url, "restore", str(file)), f"^{file} is no backup, or is damaged: ")
    assert await tables_of(empty_url) == 0


async def test_a_file_that_is_not_there(empty_url: str, tmp_path: Path) -> None:
    assert refused(await virga(empty_url, "restore", str(tmp_path)), "is not there, or is no file")


async def test_a_dump_of_another_programs_database(empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "other.dump"
    command = [str(postgres_bin() / "pg_dump"), "-Fc", f"--file={file}", f"--dbname={empty_url}"]
    await asyncio.to_thread(subprocess.check_call, command)
    assert refused(await virga(empty_url, "restore", str(file)), f"^{file} is no backup of Virga\\.$")


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.9, 0.999])
async def test_a_file_that_was_cut_off(original: Original, empty_url: str, tmp_path: Path, kept: float) -> None:
    whole, file = original.file.read_bytes(), tmp_path / "cut.dump"
    file.write_bytes(whole[: int(len(whole) * kept)])
    done = await virga(empty_url, "restore", str(file))
    assert refused(done, r"(is no backup, or is damaged|cannot be restored): ")
    assert await tables_of(empty_url) == 0


async def test_a_file_in_which_bytes_have_changed(original: Original, empty_url: str, tmp_path: Path) -> None:
    """The compressed rows are the last third of the file; their checksums do not fit any more."""
    content, file = bytearray(original.file.read_bytes()), tmp_path / "rotten.dump"
    for position in range(len(content) * 2 // 3, len(content), 50):
        content[position] ^= 0xFF
    file.write_bytes(content)
    assert refused(await virga(empty_url, "restore", str(file)), r"(is damaged|cannot be restored): ")
    assert await tables_of(empty_url) == 0


async def test_a_backup_of_a_newer_version(make_database: Callable[[], str], empty_url: str, tmp_path: Path) -> None:
    newer, file = make_database(), tmp_path / "newer.dump"
    async with database_of(newer) as database:
        await database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert (await virga(newer, "backup", str(file))).code == 0
    done = await virga(empty_url, "restore", str(file))
    assert refused(done, "was made by a newer Virga: its schema is 9999, and this version knows 0003; ")
    assert await tables_of(empty_url) == 0


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("", 'The backup needs the vault key "k1", which is not here: set VIRGA_VAULT__KEYS to the value that'),
        (new_master_key("k2"), 'The backup needs the vault key "k1", which is not here: set VIRGA_VAULT__KEYS to'),
        (ANOTHER_K1, 'The vault key "k1" here is not the one of the backup: set VIRGA_VAULT__KEYS to the value that'),
        ("k1:short", "VIRGA_VAULT__KEYS must be `id:base64` of 32 bytes each, comma-separated"),
    ],
    ids=["none", "of another name", "another of this name", "unreadable"],
)
async def test_keys_that_are_not_those_of_the_backup(
    original: Original, empty_url: str, keys: str, sentence: str
) -> None:
    done = await virga(empty_url, "restore", str(original.file), VIRGA_VAULT__KEYS=keys)
    assert refused(done, f"^{re.escape(sentence)}")
    assert await tables_of(empty_url) == 0


async def test_further_keys_do_no_harm(original: Original, empty_url: str) -> None:
    keys = f"{new_master_key('k2')},{VAULT_KEYS}"
    assert (await virga(empty_url, "restore", str(original.file), VIRGA_VAULT__KEYS=keys)).code == 0


async def test_a_database_that_is_out_of_reach(original: Original) -> None:
    done = await virga("postgresql://virga:pw@127.0.0.1:1/x", "restore", str(original.file))
    assert refused(done, "^The database of DATABASE_URL cannot be reached: ")


async def test_a_user_who_may_not_make_tables(original: Original, postgres_url: str, process_number: int) -> None:
    role = f"nobody_{process_number}"
    async with database_of(postgres_url) as database:
        await database.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
        for granted in ("virga_api", "virga_worker", "virga_starter"):
            await database.execute(f"GRANT {granted} TO {role}")
        try:
            with fresh_database(postgres_url, process_number) as url:
                done = await virga(url.replace("virga:test@", f"{role}:x@"), "restore", str(original.file))
                assert refused(done, "^The backup cannot be restored: permission denied for schema public")
                assert await tables_of(url) == 0
        finally:
            await database.execute(f"DROP ROLE {role}")
