"""Servers with stand-ins for the API and the worker, each on a data folder of its own."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.fixtures.serving import PATIENCE_SECONDS, Serving, free_port

Serve = Callable[..., Serving]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return what starts a server; whatever still runs at the end is stopped."""
    started: list[Serving] = []

    def start(
        data_dir: Path = tmp_path / "data", port: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Serving:
        chosen = port or free_port()
        command = ["-m", "tests.embedded.stand_ins", str(chosen), str(data_dir)]
        started.append(Serving(command, data_dir, port=chosen, environment=environment))
        return started[-1]

    yield start
    for serving in started:
        if serving.process.poll() is None:
            serving.process.terminate()
        serving.process.wait(PATIENCE_SECONDS)
        shutil.rmtree((serving.data_dir / "run" / "sockets").resolve(), ignore_errors=True)
