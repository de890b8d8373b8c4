"""The product's own processes, which a test kills, stops, lets go on, and ends in any case."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.embedded.processes import launched
from tests.fixtures.serving import PATIENCE_SECONDS, clean_environment


class Program:
    """A Python module of the product as a process, which does not outlive the test's own."""

    def __init__(self, arguments: Sequence[str], settings: Mapping[str, str], log: Path, *, metrics_port: int) -> None:
        self._log = log
        bind = f"127.0.0.1:{metrics_port}"
        self.metrics_url = f"http://{bind}/metrics"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                launched([sys.executable, "-P", "-m", *arguments], (), signal.SIGKILL),
                env=clean_environment({"VIRGA_METRICS__BIND": bind, **settings}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as by `kill -9`, and see it gone."""
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)

    def freeze(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def exit_status(self) -> int:
        """Wait for its end and return its status."""
        return self._process.wait(PATIENCE_SECONDS)

    def said(self) -> str:
        return self._log.read_text(errors="replace")
