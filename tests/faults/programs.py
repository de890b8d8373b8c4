"""The product's own processes, which a test kills, stops, lets go on, and ends in any case."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.embedded.processes import launched
from tests.faults.ledger import STILL, Fault, Ledger, moment
from tests.fixtures.serving import PATIENCE_SECONDS, clean_environment

POLL_SECONDS = 0.02
DEATH_SECONDS = 120.0  # for a process to start and come to where it is killed, on a busy machine
ARRIVAL_TURNS = 50  # of the event loop: a few accept a connection and read a request that lies there


class Program:
    """A Python module of the product as a process, which does not outlive the test's own.

    What is done to it is written into the ledger, with its name: `api` or `worker`.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        settings: Mapping[str, str],
        log: Path,
        ledger: Ledger | None = None,
        *,
        metrics_port: int,
    ) -> None:
        self._log = log
        self._ledger = ledger or Ledger()
        self.name = log.stem.partition("-")[0]
        self._frozen: Fault | None = None
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
        fault = self._ledger.note(f"kill -9 of {self.name}")
        self.end()
        fault.ended = STILL
        self._arrival = asyncio.create_task(_let_arrive(fault))

    def end(self) -> None:
        """Let go of it: it is needed no more."""
        self._process.kill()
        self._process.wait(PATIENCE_SECONDS)

    async def died(self, kind: str) -> None:
        """Wait until it has been killed by a crash point, and write down when."""
        alive_at = looked_at = moment()
        async with asyncio.timeout(DEATH_SECONDS):
            while self.is_running:
                alive_at, looked_at = looked_at, moment()
                await asyncio.sleep(POLL_SECONDS)
        fault = self._ledger.note(kind)
        fault.began = alive_at
        await _let_arrive(fault)
        assert self.exit_status() == -signal.SIGKILL, self.said()

    def freeze(self) -> None:
        self._frozen = self._ledger.note(f"SIGSTOP of {self.name}")
        self._frozen.ended = STILL
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)
        if self._frozen is not None:
            self._frozen.ended = self._ledger.note(f"SIGCONT of {self.name}").ended

    def terminate(self) -> None:
        """Ask it to end."""
        self._ledger.note(f"SIGTERM of {self.name}")
        self._process.terminate()

    def exit_status(self) -> int:
        """Wait for its end and return its status."""
        return self._process.wait(PATIENCE_SECONDS)

    def said(self) -> str:
        return self._log.read_text(errors="replace")


async def _let_arrive(fault: Fault) -> None:
    """Let a fault last until targets, which are in this process, have read what was sent before it."""
    fault.ended = STILL
    for _ in range(ARRIVAL_TURNS):
        await asyncio.sleep(0)
    fault.ended = moment()
