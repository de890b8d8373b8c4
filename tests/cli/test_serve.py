"""`virga serve` with the real API and worker: what a newcomer pastes works as it stands."""

import json
import shutil
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.first_steps import example
from tests.fixtures.certificates import self_signed
from tests.fixtures.serving import PATIENCE_SECONDS, Serving, free_port

BASH = shutil.which("bash") or ""
needs_shell_tools = pytest.mark.skipif(
    not (BASH and shutil.which("curl") and shutil.which("python3")), reason="bash, curl or python3 is not installed"
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Serving]:
    port = free_port()
    serving = Serving(_command(port, tmp_path / "data"), tmp_path / "data", port=port)
    yield serving
    serving.process.terminate()
    serving.process.wait(PATIENCE_SECONDS)


@needs_shell_tools
def test_the_three_requests_run_a_workflow_when_pasted(served: Serving) -> None:
    served.await_ready()
    served.await_line("curl ")
    pasted = "\n".join(served.printed[-3:])
    done = subprocess.run([BASH, "-euo", "pipefail", "-c", pasted], capture_output=True, text=True, check=True)
    run = json.loads(done.stdout)
    assert run["status"] == "completed"
    assert [log["node_id"] for log in run["logs"]] == [node["id"] for node in _nodes()]
    assert run["logs"][-1]["output"]["text"] == "3 drops make a virga."


def test_tls_is_served_when_a_certificate_is_named(tmp_path: Path) -> None:
    self_signed(tmp_path, "localhost")
    port, certificate = free_port(), str(tmp_path / "server.pem")
    command = _command(port, tmp_path / "data", "--tls-cert", certificate, "--tls-key", certificate)
    serving = Serving(command, tmp_path / "data", port=port)
    try:
        serving.await_line(f"ready https://127.0.0.1:{port}")
        trusting = ssl.create_default_context(cafile=certificate)
        with urllib.request.urlopen(f"https://localhost:{port}/health/live", context=trusting) as answer:
            assert answer.status == 200
        assert "--cacert" in serving.await_line("curl ")
    finally:
        serving.end()


def _command(port: int, data_dir: Path, *more: str) -> list[str]:
    return ["-m", "app.cli", "serve", "--port", str(port), "--data-dir", str(data_dir), *more]


def _nodes() -> list[dict[str, object]]:
    nodes = example()["nodes"]
    assert isinstance(nodes, list)
    return nodes
