"""Restoring a backup into an empty database: ends what was under way, or takes it over from a server that is gone.

A process that dies in the middle leaves a database on which no server starts: the schema's revision is written last.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.cli.archive import Archive
from app.cli.backup import stop
from app.cli.filling import Restored, fill
from app.cli.installation import named_database
from app.cli.kept_keys import refuse_other_keys
from app.cli.postgres_programs import installed
from app.core.errors import SetupError
from app.embedded.credentials import VAULT_KEYS
from app.embedded.folder import DataFolder
from app.embedded.interim import postgres_to_fill
from app.models.schema_version import REQUIRED_REVISION

INTERRUPTED = "interrupted: restored from a backup"
_ENDED = f'which have failed: "{INTERRUPTED}"'
_GO_ON = "which go on; what they did after the backup is done again, with the same Idempotency-Key"
_OFF = "each off until its workflow is saved again"
_KEYS_VARIABLE = "VIRGA_VAULT__KEYS"


def restore(file: Path, data_dir: Path, *, take_over: bool) -> None:
    """Restore and say what became of runs and schedules. Raises `SetupError`; then the database is empty as before."""
    signal.signal(signal.SIGTERM, stop)
    archive = Archive.open(file, installed()[-1])
    if archive.revision > REQUIRED_REVISION:
        raise SetupError(
            f"{file} was made by a newer Virga: its schema is {archive.revision}, and this version knows "
            f"{REQUIRED_REVISION}; restore it with that one."
        )
    with _target(archive, data_dir) as url:
        restored = asyncio.run(fill(url, archive, None if take_over else INTERRUPTED))
    _report(file, restored, take_over=take_over)
    if named_database() is None:
        _say(f"Start it: virga serve --data-dir {data_dir}")


@contextmanager
def _target(archive: Archive, data_dir: Path) -> Iterator[str]:
    """Yield the URL of the database to fill, once the keys are there that the backup needs."""
    named, keys = named_database(), os.environ.get(_KEYS_VARIABLE)
    if named:
        refuse_other_keys(archive, keys, f"set {_KEYS_VARIABLE} to the value that the old server has")
        yield named
        return
    folder = DataFolder(data_dir)
    folder.open()
    try:
        file = folder.secrets / VAULT_KEYS
        kept = file.read_text() if file.exists() else None
        refuse_other_keys(archive, keys or kept, f"copy secrets/{VAULT_KEYS} of the old data folder to {file}")
        with postgres_to_fill(folder) as url:
            yield url
    finally:
        folder.close()


def _report(file: Path, restored: Restored, *, take_over: bool) -> None:
    _say(f"{file} is restored.")
    _say(f"runs that were under way: {restored.runs}, {_GO_ON if take_over else _ENDED}")
    _say(f"schedules: {restored.schedules}, {'which go on' if take_over else _OFF}")


def _say(line: str) -> None:
    print(line)  # noqa: T201 -- a command line speaks
