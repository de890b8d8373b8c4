"""Servers with stand-ins for the API and the worker, each on a data folder of its own."""

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from app.embedded.credentials import ensure_secrets
from app.embedded.postgres import Postgres
from tests.fixtures.serving import PATIENCE_SECONDS, Serving, free_port

Serve = Callable[..., Serving]


@pytest.fixture(scope="session")
def prepared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make secrets and a Postgres folder once; copying them is faster than initdb."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "secrets").mkdir(mode=0o700)
    secrets = ensure_secrets(folder / "secrets", data=folder / "postgres")
    Postgres(folder / "postgres", folder, folder, password=secrets.postgres_password).prepare()
    return folder


@pytest.fixture
def serve(tmp_path: Path, prepared_data: Path) -> Iterator[Serve]:
    """Return what starts a server; whatever still runs at the end is stopped."""
    started: list[Serving] = []

    def start(
        data_dir: Path | None = None,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        hangups: signal.Handlers = signal.SIG_DFL,
    ) -> Serving:
        folder = data_dir or tmp_path / "data"
        if data_dir is None and not folder.exists():
            shutil.copytree(prepared_data, folder)
        chosen = port or free_port()
        command = ["-m", "tests.embedded.stand_ins", str(chosen), str(folder)]
        before = signal.signal(signal.SIGHUP, hangups)  # as the server finds it, whatever ours is
        try:
            started.append(Serving(command, folder, port=chosen, environment=environment))
        finally:
            signal.signal(signal.SIGHUP, before)
        return started[-1]

    yield start
    for serving in started:
        if serving.process.poll() is None:
            serving.process.terminate()
        serving.process.wait(PATIENCE_SECONDS)
        shutil.rmtree((serving.data_dir / "run" / "sockets").resolve(), ignore_errors=True)
