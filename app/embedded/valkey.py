"""An embedded Valkey, the doorbell: reached by a Unix socket in a closed folder."""

import signal
import socket
from pathlib import Path

from app.core.errors import SetupError
from app.embedded.binaries import valkey_server
from app.embedded.output import Output
from app.embedded.processes import Command, Process, all_in, guarded, launched, server_environment

_DATABASES = 128  # a number for each of a test run's workers
_PING_SECONDS = 1.0
_LINGER_SECONDS = 10


class Valkey:
    """One server on one data folder. `start` and `stop` are for those who need no supervisor."""

    name = "valkey"
    stop_signal = signal.SIGTERM
    stop_seconds = 10.0

    def __init__(self, data_dir: Path, socket_dir: Path, log: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._socket = socket_dir / "valkey.sock"
        self._output = Output(log)
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def start(self) -> str:
        """Start, wait until it answers, and return the URL. Raises `SetupError`."""
        self.prepare()
        process = self._process = self.spawn()
        while not self.is_ready(process):
            if process.wait(0.02):
                raise SetupError(self.failure())
        return self.url

    def stop(self) -> None:
        """Stop what `start` started."""
        if self._process is not None:
            self._process.stop(self.stop_signal, self.stop_seconds)

    def prepare(self) -> None:
        """Make the folders where they are missing. Raises `SetupError`."""
        try:
            self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(f"Valkey cannot use {self._data_dir}: {error.strerror}.") from None

    def spawn(self, lifeline: int | None = None) -> Process:
        """Start the server, once one that was left behind on the same folder has ended."""
        for leftover in all_in(self._data_dir):
            leftover.stop(self.stop_signal, _LINGER_SECONDS)
        command = Command(
            launched(self._command(), (), self.stop_signal),
            log=self._output.begin(),
            environment=server_environment(),
            folder=self._data_dir,
        )
        return guarded(command.start(), self.stop_signal, lifeline)

    def is_ready(self, _process: Process) -> bool:
        """Return whether it answers a ping, which it does not while it reads its file."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_PING_SECONDS)
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def failure(self) -> str:
        """Return the sentence for a server that ended before it was ready."""
        why = self._output.last_words()
        return (
            f"Valkey cannot use {self._data_dir} ({why}); restore the folder, or move it away: no run is lost by that."
        )

    def _command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data_dir),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "databases": str(_DATABASES),
            "daemonize": "no",
        }
        return [str(valkey_server()), *(part for key, value in options.items() for part in (f"--{key}", value))]
