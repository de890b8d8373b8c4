"""The keys of a data folder are rotated as docs/operating.md says, line by line."""

import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from app.cli.token import find_issuer, make_token
from tests.architecture.markdown import DOCUMENTS, blocks
from tests.fixtures.serving import PATIENCE_SECONDS, Serving, clean_environment, free_port

BASH = shutil.which("bash") or ""
(NEW_KEY,) = [lines for lines in blocks(DOCUMENTS["docs/operating.md"], "sh") if "vault-keys" in lines]


class Operator:
    """Somebody in a folder with a `.virga` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / ".virga"

    def serve(self) -> Serving:
        port = free_port()
        command = ["-m", "app.cli", "serve", "--port", str(port), "--workers", "0", "--data-dir", str(self.data_dir)]
        serving = Serving(command, self.data_dir, port=port)
        serving.await_ready()
        return serving

    def keep_a_secret(self, serving: Serving) -> None:
        token = make_token(find_issuer(self.data_dir), "me", "acme", [], 600)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        body = json.dumps({"name": "crm", "secret": "a secret"}).encode()
        url = f"http://127.0.0.1:{serving.port}/workflows/vault"
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            assert answer.status == 201

    def paste(self, lines: str) -> None:
        subprocess.run([BASH, "-euo", "pipefail", "-c", lines], cwd=self.folder, check=True)

    def rotate(self) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-P", "-m", "app.cli", "vault", "rotate", "--data-dir", ".virga"]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )


@pytest.mark.skipif(not BASH, reason="bash is not installed")
def test_a_new_key_is_put_in_front_and_takes_over_everything(tmp_path: Path) -> None:
    operator = Operator(tmp_path)
    serving = operator.serve()
    operator.keep_a_secret(serving)
    serving.end()
    idle = operator.rotate()
    operator.paste(NEW_KEY)
    serving = operator.serve()
    done = operator.rotate()
    serving.end()
    assert (idle.returncode, idle.stderr.split(" on ")[0]) == (2, "Nothing runs")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith('secrets of the vault: 1 encrypted again with "k2"\n')
    assert 'Not needed any more: "k1".' in done.stdout
    assert (operator.data_dir / "secrets" / "vault-keys").stat().st_mode & 0o077 == 0
