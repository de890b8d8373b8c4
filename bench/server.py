"""`virga serve` on a folder of its own, as a newcomer starts it: embedded servers, the API and one worker."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.core.json import loads_object
from app.embedded.credentials import read_secrets
from app.embedded.folder import DataFolder
from app.embedded.postgres import Postgres
from app.embedded.processes import Command, Process, launched

START_SECONDS = 120.0
STOP_SECONDS = 60.0
PROCESSES = ("api", "worker-1", "postgres", "valkey")
_READY = "ready http://127.0.0.1:"


class ServerError(Exception):
    """Virga did not start, or did not stay."""


@dataclass(frozen=True, slots=True)
class Server:
    data_dir: Path
    port: int

    @property
    def database_url(self) -> str:
        """The URL of the database as its owner, who sees every organization's rows."""
        folder = DataFolder(self.data_dir)
        password = read_secrets(folder.secrets).postgres_password
        return Postgres(folder.postgres, folder.sockets() / "postgres", folder.log, password=password).url

    def token(self) -> str:
        command = [*_virga("token"), "--data-dir", str(self.data_dir)]
        done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def processes(self) -> dict[str, psutil.Process]:
        """Return what runs, by name."""
        run = self.data_dir / "run"
        return {name: psutil.Process(int((run / f"{name}.pid").read_text())) for name in PROCESSES}

    def complaints(self) -> Counter[str]:
        """Count, by process and kind, what API and worker have logged above the level of information."""
        return Counter(
            f"{name}: {complaint}"
            for name in ("api", "worker-1")
            for line in (self.data_dir / "log" / f"{name}.log").read_text().splitlines()
            if (complaint := _complaint(line))
        )


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve from `folder` until the block ends, or this process does. Raises `ServerError`."""
    data_dir = folder / "data"
    said = folder / "serve.log"
    command = [*_virga("serve"), "--port", "0", "--data-dir", str(data_dir)]
    process = Command(launched(command, [], signal.SIGTERM), log=said, environment=_environment()).start()
    try:
        yield Server(data_dir, _await_port(process, said))
    finally:
        process.stop(signal.SIGTERM, STOP_SECONDS)


def _virga(command: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app.cli", command]


def _environment() -> dict[str, str]:
    """Return ours without settings of Virga's, but with the loopback interface open to workflows."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VIRGA_", "DATABASE_", "REDIS_"))}
    return {**kept, "VIRGA_EGRESS__ALLOW": '["127.0.0.1/32"]'}


def _await_port(process: Process, said: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.exit_status() is None:
        for line in said.read_text().splitlines():
            if line.startswith(_READY):
                return int(line.removeprefix(_READY))
        time.sleep(0.05)
    raise ServerError(f"Virga did not start: {said.read_text().strip()}")


def _complaint(line: str) -> str:
    """Return what a line of a log complains about, without what differs from time to time; nothing if it does not."""
    try:
        entry = loads_object(line)
    except ValueError:
        return line.strip()
    if entry.get("level") in {"debug", "info"}:
        return ""
    return " ".join(str(entry[key]) for key in ("level", "event", "error") if key in entry)
