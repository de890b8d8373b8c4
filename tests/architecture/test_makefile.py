"""The Makefile's targets are there, and what stands in their way is one sentence."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
TARGETS = ("help", "install", "serve", "test", "check", "fix", "bench", "openapi")
MAKE = shutil.which("make") or ""
pytestmark = pytest.mark.skipif(not MAKE, reason="make is not installed")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Lay out what the installation depends on, in a folder with a space in its name."""
    copy = tmp_path / "a checkout"
    copy.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(CHECKOUT / name, copy)
    return copy


def _make(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    return subprocess.run([MAKE, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _python(folder: Path, refused: Sequence[str]) -> str:
    """Write a Python that fails whenever its arguments begin with one of `refused`."""
    program = folder / "python"
    cases = "\n".join(f'  "{start}"*) exit 1 ;;' for start in refused)
    program.write_text(f'#!/bin/sh\ncase "$*" in\n{cases}\nesac\nexit 0\n')
    program.chmod(0o755)
    return f"PYTHON={program}"


def test_help_lists_every_target() -> None:
    listed = [line.split()[1] for line in _make(CHECKOUT, "help").stdout.splitlines()]
    assert set(listed) >= set(TARGETS)


def test_help_is_what_make_alone_answers() -> None:
    assert _make(CHECKOUT).stdout == _make(CHECKOUT, "help").stdout


def test_a_missing_python_is_named(checkout: Path) -> None:
    done = _make(checkout, "install", "PYTHON=no-python3")
    assert done.returncode
    assert done.stderr.startswith(
        "Virga needs Python 3.11 or newer, and there is no no-python3: install it, or name one"
    )


def test_an_old_python_is_refused(checkout: Path, tmp_path: Path) -> None:
    done = _make(checkout, "install", _python(tmp_path, ["-c import sys"]))
    assert done.returncode
    assert done.stderr.startswith("Virga needs Python 3.11 or newer, and ")
    assert "is older: name another with make PYTHON=" in done.stderr


def test_a_python_without_venv_is_told_what_to_install(checkout: Path, tmp_path: Path) -> None:
    done = _make(checkout, "install", _python(tmp_path, ["-m venv", "-m virtualenv", "-m pip"]))
    assert done.returncode
    assert "cannot make virtual environments: install its venv module" in done.stderr
    assert not (checkout / ".venv").exists()
