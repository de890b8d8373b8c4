"""A backup as a file: what is in it, told without a database."""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.cli.postgres_programs import Programs, first_reason
from app.core.errors import SetupError
from app.embedded.processes import server_environment
from app.models.schema_version import VERSION_TABLE

UNLOGGED = "node_tests"  # worth nothing a minute later, and left out by `virga backup` too

_ENTRY = re.compile(r"^\d+; \d+ \d+ (?P<what>.*)$", re.MULTILINE)
_SERVER = re.compile(r"^;\s+Dumped from database version: (\d+)", re.MULTILINE)
_OWNER_POLICY = re.compile(r"POLICY public (\w+) owner ")
# What every database has, what its own cluster decides, and what is made by us, last of all or for another owner.
_NOT_OURS = re.compile(
    r"SCHEMA - |(ACL|COMMENT|SECURITY LABEL|DEFAULT ACL) - |EXTENSION |COMMENT - EXTENSION|"
    rf"TABLE DATA public ({VERSION_TABLE}|{UNLOGGED}) |{_OWNER_POLICY.pattern}"
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NULL = "\\N"


@dataclass(frozen=True, slots=True)
class Archive:
    """A file that `virga backup` wrote: the server's version, the schema's revision, and the table of contents."""

    file: Path
    programs: Programs
    server_major: int
    revision: str
    contents: str

    @classmethod
    def open(cls, file: Path, programs: Programs) -> "Archive":
        """Look into a file. Raises `SetupError` where it is no backup of Virga, or damaged."""
        if not file.is_file():
            raise SetupError(f"{file} is not there, or is no file.")
        contents = _output(programs, ["--list", str(file)], file)
        server = _SERVER.search(contents)
        if server is None or f" TABLE DATA public {VERSION_TABLE} " not in contents:
            raise SetupError(f"{file} is no backup of Virga.")
        archive = cls(file, programs, int(server[1]), "", contents)
        [revision] = [row["version_num"] for row in archive.rows(VERSION_TABLE)] or [None]
        if revision is None:
            raise SetupError(f"{file} is no backup of Virga: it has no schema's revision.")
        return cls(file, programs, int(server[1]), revision, contents)

    @property
    def wanted(self) -> str:
        """Return the table of contents without what is not restored as it was."""
        entries = [match for match in _ENTRY.finditer(self.contents) if not _NOT_OURS.match(match["what"])]
        return "".join(f"{entry[0]}\n" for entry in entries)

    @property
    def owned_tables(self) -> Sequence[str]:
        """Return the tables whose owner sees all rows by a policy that names the owner."""
        found = (_OWNER_POLICY.match(entry["what"]) for entry in _ENTRY.finditer(self.contents))
        return sorted(match[1] for match in found if match)

    def has(self, table: str) -> bool:
        return f" TABLE DATA public {table} " in self.contents

    def rows(self, table: str) -> Iterator[Mapping[str, str | None]]:
        """Yield a table's rows, each value as the database writes it. Raises `SetupError`."""
        arguments = ["--data-only", "--schema=public", f"--table={table}", "--file=-", str(self.file)]
        with tempfile.TemporaryFile() as said:
            command = self.programs.command("pg_restore", arguments)
            reading = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, env=server_environment())  # noqa: S603 -- Postgres' own program
            with reading:
                assert reading.stdout is not None  # noqa: S101 -- it is a pipe
                yield from _copied((line.decode() for line in reading.stdout), table)
            if reading.returncode:
                said.seek(0)
                raise unreadable(self.file, first_reason(said.read().decode(errors="replace")))


def _output(programs: Programs, arguments: Sequence[str], file: Path) -> str:
    command = programs.command("pg_restore", arguments)
    done = subprocess.run(command, capture_output=True, env=server_environment(), check=False)  # noqa: S603 -- Postgres' own program
    if done.returncode:
        raise unreadable(file, first_reason(done.stderr.decode(errors="replace")))
    return done.stdout.decode(errors="replace")


def unreadable(file: Path, reason: str) -> SetupError:
    return SetupError(f"{file} is no backup, or is damaged: {reason}.")


def _copied(lines: Iterator[str], table: str) -> Iterator[Mapping[str, str | None]]:
    """Yield the rows of a script's COPY: https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"."""
    head = re.compile(rf"COPY public\.{table} \((.*)\) FROM stdin;")
    columns: list[str] = []
    for line in lines:
        begun = head.match(line)
        if begun:
            columns = [name.strip('"') for name in begun[1].split(", ")]
        elif line == "\\.\n":
            columns = []
        elif columns:
            yield dict(zip(columns, map(_value, line.removesuffix("\n").split("\t")), strict=True))


def _value(written: str) -> str | None:
    if written == _NULL:
        return None
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), written)
