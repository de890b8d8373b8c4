"""`virga export` and `virga import` as processes: what they print where, exit codes, and how they find the server."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.core.crypto import new_master_key
from app.embedded.credentials import ensure_secrets
from tests.factories.workflows import workflow
from tests.fixtures.serving import PATIENCE_SECONDS, Serving, clean_environment, free_port

ID = "fl_01kaq3v0c3s8y5b1f7f3q2d6tz"


def virga(*arguments: str | Path, settings: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-P", "-m", "app.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=clean_environment(settings), check=False)


@pytest.fixture
def server(postgres_url: str, redis_url: str) -> dict[str, str]:
    return {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "VIRGA_VAULT__KEYS": new_master_key("k1")}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "flow.json"
    written.write_text(json.dumps(workflow(id=ID)))
    return written


def test_what_was_imported_can_be_exported(server: dict[str, str], file: Path) -> None:
    done = virga("import", file, "--org", "commands", settings=server)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"created    {ID}  Test\n1 created, 0 updated, 0 unchanged.\n"
    shown = virga("export", ID, "--org", "commands", settings=server)
    assert (shown.returncode, shown.stderr, json.loads(shown.stdout)["id"]) == (0, "", ID)
    every = virga("export", "--all", "--org", "commands", "--format", "yaml", settings=server)
    assert every.stdout.startswith(f"---\nid: {ID}\nname: Test\n")


def test_faults_are_said_on_standard_error_with_exit_code_1(server: dict[str, str], tmp_path: Path) -> None:
    done = virga("import", tmp_path / "none.json", settings=server)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"{tmp_path}/none.json: it cannot be read: No such file or directory\nNothing was imported: 1 fault.\n"
    )


def test_a_file_that_cannot_be_written_is_one_sentence(server: dict[str, str], tmp_path: Path) -> None:
    done = virga("export", "--all", "--output", tmp_path / "no" / "such.json", settings=server)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "cannot be written: No such file or directory." in done.stderr


@pytest.mark.parametrize("arguments", [[], ["fl_1", "--all"]])
def test_what_to_export_must_be_said_once(arguments: list[str]) -> None:
    done = virga("export", *arguments)
    assert (done.returncode, done.stderr) == (2, "Name the workflows to export, or give --all instead.\n")


@pytest.mark.parametrize("command", [["export", "--all"], ["import", "x.json"]])
def test_a_database_that_is_away_is_one_sentence(server: dict[str, str], command: list[str]) -> None:
    away = {**server, "DATABASE_URL": f"postgresql://virga:pw@127.0.0.1:{free_port()}/virga"}
    done = virga(*command, settings=away)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("The database cannot be reached: ")


@pytest.mark.parametrize("command", [["export", "--all"], ["import", "x.json"]])
def test_without_a_server_they_say_that_none_runs(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "secrets").mkdir()
    ensure_secrets(tmp_path / "secrets", data=tmp_path / "postgres")
    done = virga(*command, "--data-dir", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Nothing runs on {tmp_path}: start `virga serve`, or set DATABASE_URL and REDIS_URL.\n"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Serving]:
    port = free_port()
    command = ["-m", "app.cli", "serve", "--port", str(port), "--data-dir", str(tmp_path / "data"), "--workers", "0"]
    serving = Serving(command, tmp_path / "data", port=port)
    yield serving
    serving.process.terminate()
    serving.process.wait(PATIENCE_SECONDS)


def test_the_server_of_a_data_folder_is_found(served: Serving, file: Path) -> None:
    served.await_ready()
    assert virga("import", file, "--data-dir", served.data_dir).returncode == 0
    shown = virga("export", ID, "--data-dir", served.data_dir)
    assert (shown.stderr, json.loads(shown.stdout)["name"]) == ("", "Test")
