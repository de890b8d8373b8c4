"""The data folder: its lock, its secrets, and where sockets fit."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.crypto import Keyring
from app.core.errors import SetupError
from app.embedded.credentials import POSTGRES_PASSWORD, TOKEN_SECRET, VAULT_KEYS, ensure_secrets, read_secrets
from app.embedded.folder import DataFolder, socket_folder
from app.embedded.output import Output


@pytest.fixture
def short() -> Iterator[Path]:
    """Lend a folder whose path leaves room for sockets."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    return folder


def test_a_folder_can_be_open_once(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.open()
    with pytest.raises(SetupError, match=rf"already running on {tmp_path}, process {os.getpid()};"):
        second.open()
    first.close()
    second.open()
    second.close()


def test_a_folder_where_nothing_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match=r"The data folder .*/file/data cannot be used: Not a directory"):
        DataFolder(tmp_path / "file" / "data").open()


def test_sockets_go_when_the_folder_is_closed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.open()
    sockets = folder.sockets()
    assert (tmp_path / "run" / "sockets").resolve() == sockets.resolve()
    folder.close()
    assert not sockets.exists()


def test_two_folders_never_share_sockets(short: Path) -> None:
    assert socket_folder(short / "a", [short]) != socket_folder(short / "b", [short])


def test_sockets_pass_over_a_root_whose_paths_would_be_too_long(short: Path) -> None:
    deep, fitting = short / ("d" * 100), short / "s"
    deep.mkdir()
    fitting.mkdir()
    assert socket_folder(short, [deep, fitting]).parent == fitting


def test_sockets_pass_over_a_folder_that_others_can_enter(short: Path) -> None:
    first, second = short / "1", short / "2"
    first.mkdir()
    second.mkdir()
    socket_folder(short, [first]).chmod(0o755)
    assert socket_folder(short, [first, second]).parent == second


def test_where_no_root_fits_the_limit_and_the_way_out_are_said(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"No folder for sockets: .*at most 10\d bytes.*set TMPDIR"):
        socket_folder(tmp_path, [tmp_path / ("d" * 100), tmp_path / "missing"])


def test_secrets_are_made_once(secrets: Path, tmp_path: Path) -> None:
    first = ensure_secrets(secrets, data=tmp_path / "postgres")
    assert ensure_secrets(secrets, data=tmp_path / "postgres") == first == read_secrets(secrets)


def test_secrets_are_long_enough_and_differ(secrets: Path, tmp_path: Path) -> None:
    made = ensure_secrets(secrets, data=tmp_path / "postgres")
    assert len(made.token_secret) >= 32
    assert made.token_secret != made.postgres_password
    assert Keyring.parse(made.vault_keys).key_ids == {"k1"}


def test_nobody_else_can_read_secrets(secrets: Path, tmp_path: Path) -> None:
    ensure_secrets(secrets, data=tmp_path / "postgres")
    assert {file.stat().st_mode & 0o777 for file in secrets.iterdir()} == {0o600}


@pytest.mark.parametrize("name", [POSTGRES_PASSWORD, VAULT_KEYS])
def test_a_lost_secret_that_data_was_written_with_is_never_replaced(secrets: Path, tmp_path: Path, name: str) -> None:
    ensure_secrets(secrets, data=tmp_path / "postgres")
    (tmp_path / "postgres").mkdir()
    (secrets / name).unlink()
    with pytest.raises(SetupError, match=rf"secrets/{name} is missing, and .*/postgres cannot be read without it"):
        ensure_secrets(secrets, data=tmp_path / "postgres")


def test_a_lost_token_secret_is_replaced_since_tokens_can_be_made_anew(secrets: Path, tmp_path: Path) -> None:
    before = ensure_secrets(secrets, data=tmp_path / "postgres")
    (tmp_path / "postgres").mkdir()
    (secrets / TOKEN_SECRET).unlink()
    assert ensure_secrets(secrets, data=tmp_path / "postgres").token_secret != before.token_secret


def test_a_log_quotes_only_the_latest_start(tmp_path: Path) -> None:
    output = Output(tmp_path / "log" / "x.log")
    output.begin().write_text("FATAL: the old reason\n")
    with output.begin().open("a") as file:
        file.write("starting\nFATAL:  the new reason\nshutting down\n")
    assert output.last_words() == "the new reason"


def test_a_log_that_grew_large_is_put_aside_at_the_next_start(tmp_path: Path) -> None:
    output = Output(tmp_path / "x.log")
    with output.begin().open("w") as file:
        file.truncate(17 * 1024 * 1024)
    assert output.begin().stat().st_size == 0
    assert (tmp_path / "x.old.log").exists()
