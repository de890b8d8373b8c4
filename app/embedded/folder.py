"""The data folder of the embedded mode: who may use it, what lies where, and the sockets that must lie elsewhere."""

import fcntl
import hashlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from app.core.errors import SetupError

_LONGEST_SOCKET_PATH = 103 if sys.platform == "darwin" else 107
_LONGEST_SOCKET_NAME = "postgres/.s.PGSQL.5432"


class DataFolder:
    """Where everything of one embedded server lies. Nothing is made before `open`."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self.run = self.path / "run"
        self.log = self.path / "log"
        self.secrets = self.path / "secrets"
        self.postgres = self.path / "postgres"
        self.valkey = self.path / "valkey"
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Make the folder and lock it against a second server. Raises `SetupError`."""
        try:
            for folder in (self.path, self.run, self.log, self.secrets):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._refuse_stranger()
            lock = (self.path / "lock").open("a+")
        except OSError as error:
            raise SetupError(f"The data folder {self.path} cannot be used: {error.strerror}.") from None
        with ExitStack() as stack:
            stack.enter_context(lock)
            self._take(lock)
            self._lock = lock
            stack.pop_all()  # held until `close`

    def close(self) -> None:
        """Remove the sockets, whose servers have ended, and let the next server in."""
        link = self.run / "sockets"
        shutil.rmtree(link.resolve(), ignore_errors=True)
        link.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def is_in_use(self) -> bool:
        """Return whether a server has the folder to itself."""
        try:
            with (self.path / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError as error:
            raise SetupError(f"The data folder {self.path} cannot be used: {error.strerror}.") from None
        return False

    def sockets(self) -> Path:
        """Make the folder of the sockets, reachable from `run` too, and return it. Raises `SetupError`."""
        folder = socket_folder(self.path, socket_roots())
        link = self.run / "sockets"
        if not link.is_symlink() or link.readlink() != folder:
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
        return folder

    def _refuse_stranger(self) -> None:
        owner = self.path.stat().st_uid
        if os.geteuid() not in {0, owner}:
            raise SetupError(f"{self.path} belongs to user {owner}: start as that user, or name another --data-dir.")

    def _take(self, lock: IO[str]) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise SetupError(
                f"Virga is already running on {self.path}, process {holder}; stop it, or name another --data-dir."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()


def socket_roots() -> list[Path]:
    """Return the folders that may hold sockets, the best one first."""
    named = os.environ.get("XDG_RUNTIME_DIR")
    return [*([Path(named)] if named else []), Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 -- short; what is made there is closed


def socket_folder(data_folder: Path, roots: Sequence[Path]) -> Path:
    """Make a folder of mode 700 below the first of `roots` that fits. Raises `SetupError`."""
    place = f"{os.geteuid()}:".encode() + os.fsencode(data_folder.resolve())
    name = "virga-" + hashlib.sha256(place).hexdigest()[:10]
    for root in roots:
        folder = root / name
        if len(os.fsencode(folder / _LONGEST_SOCKET_NAME)) <= _LONGEST_SOCKET_PATH and _make_closed(folder):
            return folder
    raise SetupError(
        f"No folder for sockets: {', '.join(map(str, roots))} cannot be used or are too long "
        f"(a socket's path has at most {_LONGEST_SOCKET_PATH} bytes); set TMPDIR to a short path of your own."
    )


def _make_closed(folder: Path) -> bool:
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    return False
