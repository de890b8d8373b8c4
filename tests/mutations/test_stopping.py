"""Whoever ends the script ends all that it has started, and nothing is left behind."""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.fixtures.serving import PATIENCE_SECONDS, clean_environment, wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder for temporary files whose path is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="virga-e-")).resolve()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def started_below(folder: Path) -> list[str]:
    """Return the commands of processes that name something in a folder."""
    commands = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            commands.append(" ".join([*process.cmdline(), process.cwd()]))
    return [command for command in commands if str(folder) in command]


def test_whoever_ends_it_ends_all_that_it_has_started(folder: Path) -> None:
    script = subprocess.Popen(
        [sys.executable, "-m", "tests.mutations", "beat-stopped"],
        env=clean_environment({"TMPDIR": str(folder)}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not any(folder.glob("virga-test-*/ready.json")):  # until its tests have servers
            assert script.poll() is None
            time.sleep(0.02)
        script.send_signal(signal.SIGINT)
        assert script.wait(PATIENCE_SECONDS) == 130
    finally:
        script.kill()
        script.wait()
    wait_until(lambda: not started_below(folder))
    assert list(folder.iterdir()) == []
