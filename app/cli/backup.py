"""Backups: one consistent snapshot of the database in one file, which nobody else can read."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.installation import named_database
from app.cli.migrate import reach, reason
from app.cli.postgres_programs import ProgramFailedError, environment_for, fitting
from app.core.db import create_engine
from app.core.errors import SetupError
from app.embedded.folder import DataFolder
from app.embedded.interim import postgres_to_read
from app.models.schema_version import found_revision

_OPTIONS = ("--format=custom", "--schema=public", "--no-unlogged-table-data", "--no-password")
# Row-level security binds the owner too. By its own policy the owner sees every row, which is made sure of before.
_AS_OWNER = "--enable-row-security"
_SEES_ALL = text("""
    SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relrowsecurity
""")
_SNAPSHOT = text("SELECT pg_export_snapshot()")
_KEY_IDS = text("SELECT virga_key_ids()")
_VERSION = text("SELECT current_setting('server_version_num')::integer / 10000")


def backup(file: Path, data_dir: Path) -> None:
    """Write a backup and say what is not in it. Raises `SetupError`; then there is no file."""
    signal.signal(signal.SIGTERM, stop)
    with _unfinished(file) as unfinished, _database(data_dir) as url:
        key_ids = asyncio.run(_dump(url, unfinished))
        _publish(unfinished, file)
    _say(f"{file}: {file.stat().st_size:,} bytes, a backup of the database as it was when this began.")
    _say(_about_keys(key_ids, None if named_database() else DataFolder(data_dir).secrets / "vault-keys"))


def _about_keys(key_ids: Sequence[str], key_file: Path | None) -> str:
    if not key_ids:
        return "Nothing in it is encrypted with a vault key."
    names = ", ".join(f'"{key_id}"' for key_id in key_ids)
    where = f"the file {key_file}" if key_file else "the value of VIRGA_VAULT__KEYS"
    return f"Not in it: the vault keys. What is secret in it can only be read with {names}: keep {where} elsewhere."


@contextmanager
def _database(data_dir: Path) -> Iterator[str]:
    named = named_database()
    if named:
        yield named
        return
    with postgres_to_read(DataFolder(data_dir)) as url:
        yield url


@contextmanager
def _unfinished(file: Path) -> Iterator[Path]:
    """Yield a file beside `file`, of mode 600, which is gone at the end. Raises `SetupError`."""
    _refuse_present(file)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise SetupError(f"{file} cannot be written: {error.strerror}.") from None
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _refuse_present(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise SetupError(f"{file} is there already: name another file, a backup overwrites nothing.")


def _publish(unfinished: Path, file: Path) -> None:
    """Give the finished file its name, which outlives a failure of power from now on."""
    try:
        _sync(unfinished)
        _refuse_present(file)
        unfinished.rename(file)
        _sync(file.parent)
    except OSError as error:
        raise SetupError(f"{file} cannot be written: {error.strerror}.") from None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _dump(url: str, file: Path) -> Sequence[str]:
    """Write the archive. Returns the ids of the vault keys that what is in it was encrypted with."""
    engine = create_engine(url, role=None, pool_size=2, application="virga-backup")
    try:
        await reach(engine)
        if await found_revision(engine) is None:
            raise SetupError("There is nothing to back up: the database has no schema of Virga.")
        async with engine.execution_options(isolation_level="REPEATABLE READ").connect() as connection:
            return await _dump_snapshot(connection, url, file)
    except ProgramFailedError as error:
        raise SetupError(f"The backup failed: {error}.") from None
    except (SQLAlchemyError, OSError) as error:
        raise SetupError(f"The backup failed: {reason(error)}.") from error
    finally:
        await engine.dispose()


async def _dump_snapshot(connection: AsyncConnection, url: str, file: Path) -> Sequence[str]:
    """Let pg_dump see what this transaction sees."""
    snapshot = await connection.scalar(_SNAPSHOT)
    if not await connection.scalar(_SEES_ALL):
        raise SetupError(
            "The user of DATABASE_URL does not see all rows: make backups as the user that ran `virga migrate`."
        )
    programs = fitting(await connection.scalar(_VERSION) or 0)
    arguments = [*_OPTIONS, _AS_OWNER, f"--snapshot={snapshot}", f"--file={file}"]
    await programs.run("pg_dump", arguments, environment_for(url, "virga-backup"))
    return sorted((await connection.execute(_KEY_IDS)).scalars())


def stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as by Ctrl-C: what is unfinished is cleared away."""
    sys.exit(128 + signal.SIGTERM)


def _say(line: str) -> None:
    print(line)  # noqa: T201 -- a command line speaks
