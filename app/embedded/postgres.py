"""An embedded PostgreSQL, reached by a Unix socket and a password only."""

import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from app.core.errors import SetupError
from app.embedded.binaries import postgres_bin
from app.embedded.cluster import DATABASE, USER, Cluster
from app.embedded.identity import Identity, choose
from app.embedded.output import Output
from app.embedded.processes import Command, Process, all_in, find, guarded, launched, server_environment

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "max_worker_processes": "4",
    "io_method": "sync",  # saves three processes
    "jit": "off",  # our statements are short
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
_SOCKET_LINE = 4  # of postmaster.pid, counted from 0
_STATUS_LINE = 7
_LINGER_SECONDS = 10  # sessions of a killed server end within this


class Postgres:
    """One server on one data folder. `start` and `stop` are for those who need no supervisor."""

    name = "postgres"
    stop_signal = signal.SIGINT  # end the sessions, then stop
    stop_seconds = 20.0

    def __init__(
        self,
        data_dir: Path,
        socket_dir: Path,
        log: Path,
        *,
        password: str,
        settings: Mapping[str, str] | None = None,
        identify: Callable[[Path, Path], Identity] = choose,
    ) -> None:
        self._data_dir = data_dir.resolve()
        self._socket_dir = socket_dir
        self._output = Output(log)
        self._password = password
        self._settings = {**_SETTINGS, "unix_socket_directories": str(socket_dir), **(settings or {})}
        self._identify = identify
        self._identity = Identity(Path())
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{quote(self._password, safe='')}@/{DATABASE}?host={quote(str(self._socket_dir))}"

    def start(self) -> str:
        """Start, wait until it takes connections, and return the URL. Raises `SetupError`."""
        self.prepare()
        process = self._process = self.spawn()
        while not self.is_ready(process):
            if process.wait(0.02) and not self.is_ready(process):
                raise SetupError(self.failure())
        return self.url

    def stop(self) -> None:
        """Stop what `start` started."""
        if self._process is not None:
            self._process.stop(self.stop_signal, self.stop_seconds)

    def prepare(self) -> None:
        """Make the data folder where there is none; refuse one that is not ours to read. Raises `SetupError`."""
        self._identity = self._identify(postgres_bin(), self._data_dir)
        Cluster(self._data_dir, self._identity, self._password).ensure()

    def spawn(self, lifeline: int | None = None) -> Process:
        """Start the server, or take over the one that somebody started on this folder (`pg_ctl restart`)."""
        process = self._postmaster() or self._start()
        return guarded(process, self.stop_signal, lifeline)

    def _start(self) -> Process:
        self._socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._identity.own(self._socket_dir)
        self._clear_stale_locks()
        options = [part for key, value in self._settings.items() for part in ("-c", f"{key}={value}")]
        command = [str(self._identity.programs / "postgres"), "-D", str(self._data_dir), *options]
        arguments = launched(command, self._identity.flags, self.stop_signal)
        return Command(arguments, log=self._output.begin(), environment=server_environment()).start()

    def is_ready(self, process: Process) -> bool:
        lines = self._lock_lines()
        return len(lines) > _STATUS_LINE and lines[0] == str(process.pid) and lines[_STATUS_LINE].strip() == "ready"

    def failure(self) -> str:
        """Return the sentence for a server that ended before it was ready."""
        why = self._output.last_words()
        return f"Postgres cannot use {self._data_dir} ({why}); restore the folder, or move it away to begin anew."

    def _postmaster(self) -> Process | None:
        """Return the living server of this folder, if it goes on living and listens where its clients look for it."""
        lines = self._lock_lines()
        found = find(int(lines[0])) if len(lines) > _STATUS_LINE and lines[0].isdecimal() else None
        if found is None or not found.works_in(self._data_dir):
            return None
        if lines[_SOCKET_LINE] == str(self._socket_dir) and lines[_STATUS_LINE].strip() != "stopping":
            return found
        found.stop(self.stop_signal, self.stop_seconds)
        return None

    def _lock_lines(self) -> list[str]:
        with contextlib.suppress(OSError):
            return (self._data_dir / "postmaster.pid").read_text().splitlines()
        return []

    def _clear_stale_locks(self) -> None:
        """Remove what names a dead server, also where its number has gone to another process.

        postmaster.pid itself stays, since it names the shared memory by which Postgres sees sessions that live on;
        the number in it becomes that of its parent to be, which Postgres takes for a leftover.
        """
        for leftover in self._socket_dir.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)
        lines = self._lock_lines()
        if lines:
            for session in all_in(self._data_dir):
                session.wait(_LINGER_SECONDS)
            (self._data_dir / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
