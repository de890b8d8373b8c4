"""The commands of docker-compose.yml, run as processes, with the code that the Dockerfile copies and nothing else."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest

from app.embedded.binaries import valkey_server
from tests.architecture.test_compose import CHECKOUT, DOCKERFILE, SERVICES
from tests.fixtures.serving import PATIENCE_SECONDS, clean_environment, free_port, wait_until

Start = Callable[[str], "subprocess.Popen[str]"]


class Composed:
    """The services' commands and environments, with addresses of this machine in the place of containers' names."""

    def __init__(self, image: Path, secrets: Mapping[str, str], database_url: str, folder: Path) -> None:
        self._image = image
        self._secrets = secrets
        self._folder = folder
        self._ports = {"8000": str(free_port()), "9464": str(free_port()), "6379": str(free_port())}
        self._database_url = database_url

    def command(self, service: str) -> list[str]:
        written = SERVICES[service]["command"]
        if service == "redis":
            more = f" --port {self._ports['6379']} --bind 127.0.0.1 --dir {self._folder}"
            return [*written[:-1], self._here(written[-1]).replace("$$", "$").replace("/tmp", str(self._folder)) + more]  # noqa: S108 -- the container's
        return [sys.executable, "-P", "-m", "app.cli", *(self._here(part) for part in written)]

    def health_check(self, service: str) -> list[str]:
        _, program, *arguments = SERVICES[service]["healthcheck"]["test"]
        found = sys.executable if program == "python" else program
        return [found, *(self._here(part) for part in arguments)]

    def environment(self, service: str) -> dict[str, str]:
        named = SERVICES[service]["environment"].items()
        written = {name: self._filled(value) for name, value in named if value is not None}  # None: only if set outside
        if "DATABASE_URL" in written:
            written["DATABASE_URL"] = self._database_url
        path = f"{self._folder}:{os.defpath}"
        return {**clean_environment(), "PYTHONPATH": str(self._image), "PATH": path, **written}

    def _filled(self, value: str) -> str:
        """Fill in variables as compose does."""
        filled = re.sub(r"\$\{(\w+):([?-])([^}]*)\}", self._variable, value)
        return self._here(filled).replace("@redis:", "@127.0.0.1:")

    def _variable(self, found: "re.Match[str]") -> str:
        name, kind, default = found.groups()
        return self._secrets[name] if kind == "?" else default

    def _here(self, text: str) -> str:
        for port, free in self._ports.items():
            text = text.replace(port, free)
        return text.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 -- tests listen on loopback only


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install from a copy that has what the Dockerfile copies."""
    source, target = tmp_path_factory.mktemp("src"), tmp_path_factory.mktemp("image")
    for line in DOCKERFILE:
        if line.startswith("COPY ") and "--from" not in line:
            *names, _ = line.removeprefix("COPY ").split()
            for name in names:
                if (CHECKOUT / name).is_dir():
                    shutil.copytree(CHECKOUT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(CHECKOUT / name, source)
    options = ["--quiet", "--disable-pip-version-check", "--no-build-isolation", "--no-deps", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, "--target", target, source], check=True)
    return target


@pytest.fixture
def composed(image: Path, make_database: Callable[[], str], tmp_path: Path) -> Composed:
    """Lay out what the containers' images bring: servers by their names."""
    made = subprocess.run(
        [sys.executable, "-P", "-m", "app.cli", "init-env"],
        capture_output=True,
        text=True,
        env={**clean_environment(), "PYTHONPATH": str(image)},
        check=True,
    )
    lines = [line.partition("=") for line in made.stdout.splitlines() if not line.startswith("#")]
    (tmp_path / "valkey-server").symlink_to(valkey_server())
    entrypoint = tmp_path / "docker-entrypoint.sh"
    entrypoint.write_text('#!/bin/sh\nexec "$@"\n')
    entrypoint.chmod(0o755)
    return Composed(image, {name: value.strip("'") for name, _, value in lines}, make_database(), tmp_path)


@pytest.fixture
def start(composed: Composed, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start(service: str) -> "subprocess.Popen[str]":
        log = (tmp_path / f"{service}.log").open("w")
        with log:
            process = subprocess.Popen(
                composed.command(service),
                env=composed.environment(service),
                cwd=tmp_path,
                stdout=log,
                stderr=log,
                text=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_the_commands_run_pass_their_health_checks_and_stop_within_the_grace(
    composed: Composed, start: Start, tmp_path: Path
) -> None:
    redis = start("redis")
    migrate = start("migrate")
    assert migrate.wait(PATIENCE_SECONDS) == 0, (tmp_path / "migrate.log").read_text()
    serving = [start("api"), start("worker")]
    for service, process in zip(("api", "worker"), serving, strict=True):
        wait_until(partial(_settles, composed, service, process))
        assert process.poll() is None, (tmp_path / f"{service}.log").read_text()
    for process in serving:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    redis.send_signal(signal.SIGTERM)
    assert redis.wait(PATIENCE_SECONDS) == 0


def test_the_commands_leave_nothing_in_their_working_folder(start: Start, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())
    assert start("migrate").wait(PATIENCE_SECONDS) == 0
    assert {path.name for path in set(tmp_path.iterdir()) - before} == {"migrate.log"}


def _settles(composed: Composed, service: str, process: "subprocess.Popen[str]") -> bool:
    """Return whether it is healthy, or has ended and never will be."""
    command = composed.health_check(service)
    return (
        process.poll() is not None
        or subprocess.run(command, capture_output=True, env=composed.environment(service), check=False).returncode == 0
    )
