"""Which of Postgres' own programs make backups, and how they are told where the database is."""

from pathlib import Path

import pytest

from app.cli.postgres_programs import environment_for, fitting
from app.core.errors import SetupError


def programs_in(folder: Path, version: str) -> None:
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)


def test_programs_that_are_older_than_the_server_are_refused() -> None:
    with pytest.raises(
        SetupError, match=r"^The server is PostgreSQL 99, and pg_dump and pg_restore here are of \d+: put"
    ):
        fitting(99)


def test_programs_on_path_are_taken_where_they_fit_better(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs_in(tmp_path / "bin", "99.1 (Debian 99.1-1)")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert fitting(99).folder == tmp_path / "bin"
    assert fitting(18).folder != tmp_path / "bin"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://me:p%40ss@db.example:6432/flows?ssl=require",
            {"PGHOST": "db.example", "PGPORT": "6432", "PGUSER": "me", "PGPASSWORD": "p@ss", "PGDATABASE": "flows"}
            | {"PGSSLMODE": "require"},
        ),
        (
            "postgresql://me:x@/flows?host=%2Ftmp%2Fs",
            {"PGHOST": "/tmp/s", "PGUSER": "me", "PGPASSWORD": "x", "PGDATABASE": "flows"},  # noqa: S108 -- a name
        ),
    ],
)
def test_an_address_is_given_to_programs_by_their_environment(url: str, expected: dict[str, str]) -> None:
    found = environment_for(url, "test")
    assert {name: value for name, value in found.items() if name.startswith("PG")} == expected | {"PGAPPNAME": "test"}
