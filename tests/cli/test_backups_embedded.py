"""A data folder is backed up and moves to a new one as docs/operating.md says, line by line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.architecture.markdown import DOCUMENTS, blocks
from tests.cli.operators import BASH, Operator
from tests.fixtures.serving import Serving

SCRIPTS = [lines for lines in blocks(DOCUMENTS["docs/operating.md"], "sh") if "virga restore" in lines]
(MOVING,) = [lines for lines in SCRIPTS if "token-secret" in lines]


@contextmanager
def served(operator: Operator, data_dir: Path | None = None) -> Iterator[Serving]:
    serving = operator.serve(data_dir)
    try:
        yield serving
    finally:
        serving.end()


@pytest.mark.skipif(not BASH, reason="bash is not installed")
def test_a_folder_moves_to_a_new_one(tmp_path: Path) -> None:
    operator, new = Operator(tmp_path), tmp_path / "new"
    with served(operator) as serving:
        operator.keep_a_secret(serving)
        done = operator.virga("backup", "virga.dump")
        locked = operator.virga("restore", "virga.dump")
    keys = operator.data_dir / "secrets" / "vault-keys"
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f'only be read with "k1": keep the file {keys} elsewhere.\n')
    assert locked.stderr.startswith(f"Virga is already running on {operator.data_dir}, process ")
    without_keys = operator.virga("restore", "virga.dump", "--data-dir", "new")
    assert (without_keys.returncode, without_keys.stderr.count("\n")) == (2, 1)
    assert without_keys.stderr.startswith('The backup needs the vault key "k1", which is not here: copy ')
    assert f" of the old data folder to {new}/secrets/vault-keys, " in without_keys.stderr
    assert not (new / "postgres").exists()
    operator.paste(MOVING.replace("virga serve --data-dir new\n", ""))
    with served(operator, new) as serving:
        assert [item["name"] for item in operator.ask(serving, "vault")] == ["crm"]


def test_a_folder_on_which_nothing_runs_is_backed_up_too(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    with served(operator):
        pass
    done = operator.virga("backup", "virga.dump")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (operator.data_dir / "postgres" / "postmaster.pid").exists()
    assert not os.path.lexists(operator.data_dir / "run" / "sockets")


def test_a_folder_without_a_database_is_no_mistake_of_the_database(tmp_path: Path) -> None:
    done = Operator(tmp_path).virga("backup", "virga.dump", "--data-dir", "elsewhere")
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr == (
        f"There is no database in {tmp_path / 'elsewhere'}: name another --data-dir, or set DATABASE_URL.\n"
    )
