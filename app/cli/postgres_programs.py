"""Postgres' own programs for backups: which of those at hand fit a server, and how they reach it."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM

from sqlalchemy import make_url

from app.core.errors import SetupError
from app.embedded.binaries import postgres_bin
from app.embedded.output import last_words
from app.embedded.processes import launched

_SSL_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
_STOP_SECONDS = 10
_ABSENT = "Backups need pg_dump and pg_restore: install the embedded PostgreSQL, or put PostgreSQL's programs on PATH."


class ProgramFailedError(Exception):
    """A program gave up; the message is its reason."""


@dataclass(frozen=True, slots=True)
class Programs:
    """`pg_dump` and `pg_restore` of one version."""

    folder: Path
    major: int

    def command(self, name: str, arguments: Sequence[str]) -> list[str]:
        """Return the command, which does not outlive us."""
        return launched([str(self.folder / name), *arguments], (), SIGTERM)

    async def run(self, name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run it to its end. Raises `ProgramFailedError`."""
        with tempfile.TemporaryFile() as said:
            command = self.command(name, arguments)
            process = await asyncio.create_subprocess_exec(
                *command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment
            )
            try:
                await process.wait()
            finally:
                await _end(process)
            if process.returncode:
                said.seek(0)
                raise ProgramFailedError(first_reason(said.read().decode(errors="replace")))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:  # we were told to stop
        process.terminate()
        await asyncio.wait_for(process.wait(), _STOP_SECONDS)


def first_reason(said: str) -> str:
    """Return why a program gave up: what it said first is the cause, the rest follows from it."""
    lines = [line for line in said.splitlines() if "error:" in line]
    reason = last_words(lines[0] if lines else said)
    return reason.rpartition("ERROR:  ")[2].strip().removesuffix(".")


def installed() -> list[Programs]:
    """Return what is at hand, the oldest first. Raises `SetupError` where there is nothing."""
    found = [programs for folder in _folders() if (programs := _in(folder)) is not None]
    if not found:
        raise SetupError(_ABSENT)
    return sorted(found, key=lambda programs: programs.major)


def fitting(server_major: int) -> Programs:
    """Return the programs of the server's version, else the next newer ones. Raises `SetupError`."""
    found = installed()
    fit = next((programs for programs in found if programs.major >= server_major), None)
    if fit is None:
        raise SetupError(
            f"The server is PostgreSQL {server_major}, and pg_dump and pg_restore here are of {found[-1].major}: "
            f"put those of {server_major} on PATH."
        )
    return fit


def _folders() -> list[Path]:
    folders = []
    with suppress(SetupError):
        folders.append(postgres_bin())
    on_path = shutil.which("pg_dump")
    return [*folders, *([Path(on_path).parent] if on_path else [])]


def _in(folder: Path) -> Programs | None:
    majors = {_major(folder / name) for name in ("pg_dump", "pg_restore")}
    major = majors.pop()
    return None if majors or major is None else Programs(folder, major)


def _major(program: Path) -> int | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 -- Postgres' own program
    except OSError:
        return None
    match = re.search(r"\) (\d+)", said)
    return int(match[1]) if match else None


def environment_for(url: str, application: str) -> dict[str, str]:
    """Return how a program of Postgres' reaches the database: never by arguments, which every user can read."""
    parts = make_url(url)
    query = {name: value if isinstance(value, str) else ",".join(value) for name, value in parts.query.items()}
    named = {
        "PGHOST": parts.host or query.get("host"),
        "PGPORT": str(parts.port) if parts.port else query.get("port"),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
        "PGSSLMODE": query["ssl"] if query.get("ssl") in _SSL_MODES else None,
        "PGAPPNAME": application,
    }
    ours = {name: value for name, value in os.environ.items() if name in {"HOME", "PATH"} or name.startswith("PG")}
    return {**ours, "LC_ALL": "C", **{name: value for name, value in named.items() if value}}
