"""Somebody who does with `virga serve` what the documents say, line by line."""

import json
import shlex
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from app.cli.token import find_issuer, make_token
from tests.fixtures.serving import PATIENCE_SECONDS, Serving, clean_environment, free_port

BASH = shutil.which("bash") or ""


class Operator:
    """Somebody in a folder with a `.virga` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / ".virga"

    def serve(self, data_dir: Path | None = None) -> Serving:
        port, data_dir = free_port(), data_dir or self.data_dir
        command = ["-m", "app.cli", "serve", "--port", str(port), "--workers", "0", "--data-dir", str(data_dir)]
        serving = Serving(command, data_dir, port=port)
        serving.await_ready()
        return serving

    def keep_a_secret(self, serving: Serving) -> None:
        assert self.ask(serving, "vault", {"name": "crm", "secret": "a secret"})

    def ask(self, serving: Serving, path: str, body: object = None) -> Any:
        """Return what the API answers in the organization `acme`; with a body it is a POST."""
        token = make_token(find_issuer(serving.data_dir), "me", "acme", [], 600)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{serving.port}/workflows/{path}"
        with urllib.request.urlopen(urllib.request.Request(url, sent, headers), timeout=10) as answer:
            return json.load(answer)

    def paste(self, lines: str) -> None:
        command = f'virga() {{ {shlex.quote(sys.executable)} -P -m app.cli "$@"; }}\n{lines}'
        environment = clean_environment()
        subprocess.run([BASH, "-euo", "pipefail", "-c", command], cwd=self.folder, env=environment, check=True)

    def virga(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-P", "-m", "app.cli", *arguments]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
