"""The Postgres of a data folder for as long as a command needs it: the one that is served, or one of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import SetupError
from app.embedded.credentials import EmbeddedSecrets, ensure_secrets, read_secrets
from app.embedded.folder import DataFolder
from app.embedded.postgres import Postgres


@contextmanager
def postgres_to_read(folder: DataFolder) -> Iterator[str]:
    """Yield the URL of the folder's database, and start its server where nothing runs. Raises `SetupError`."""
    if not folder.postgres.exists():
        raise SetupError(f"There is no database in {folder.path}: name another --data-dir, or set DATABASE_URL.")
    if folder.is_in_use():
        sockets = (folder.run / "sockets").resolve()
        yield _postgres(folder, sockets / "postgres", read_secrets(folder.secrets)).url
        return
    folder.open()
    try:
        with _started(folder, read_secrets(folder.secrets)) as url:
            yield url
    finally:
        folder.close()


@contextmanager
def postgres_to_fill(folder: DataFolder) -> Iterator[str]:
    """Do the same for an opened folder, in which secrets and a database are made where there are none."""
    with _started(folder, ensure_secrets(folder.secrets, data=folder.postgres)) as url:
        yield url


@contextmanager
def _started(folder: DataFolder, secrets: EmbeddedSecrets) -> Iterator[str]:
    postgres = _postgres(folder, folder.sockets() / "postgres", secrets)
    try:
        yield postgres.start()
    finally:
        postgres.stop()


def _postgres(folder: DataFolder, sockets: Path, secrets: EmbeddedSecrets) -> Postgres:
    return Postgres(folder.postgres, sockets, folder.log / "postgres.log", password=secrets.postgres_password)
