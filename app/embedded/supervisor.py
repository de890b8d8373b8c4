"""Starts services in order, starts again what dies, and stops them in the reverse order, however it is asked to."""

import os
import select
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from app.core.clock import Clock
from app.core.errors import SetupError
from app.embedded.output import Output
from app.embedded.processes import UNKNOWN_STATUS, Process
from app.embedded.service import Service, python

FIRST_PAUSE_SECONDS = 1.0  # time for `pg_ctl restart` to bring its own server
LONGEST_PAUSE_SECONDS = 30.0
START_SECONDS = 300.0  # a long recovery after a crash is work, not a fault
HEALTHY_SECONDS = 60.0  # one that ran so long is started again after the first pause
_POLL_SECONDS = 0.05
_LOOK_SECONDS = 1.0  # a server that we took over sends no signal when it dies

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):  # noqa: N818 -- not a failure
    """The operator asked to stop while something was starting."""


@dataclass(slots=True)
class Child:
    """One service and its present process; None while it waits to be started again."""

    service: Service
    process: Process | None
    started_at: float
    pause_seconds: float = FIRST_PAUSE_SECONDS
    due_at: float = field(default=0.0)


class Supervisor:
    """A context: what was started inside it is stopped when it is left."""

    def __init__(self, run_folder: Path, say: Callable[[str], None], clock: Clock) -> None:
        self._run_folder = run_folder
        self._say = say
        self._clock = clock
        self._children: list[Child] = []
        self._stop_requests = 0
        self._lifeline, self._held_end = os.pipe()
        self._wake_reader, self._wake_writer = os.pipe()

    def __enter__(self) -> Self:
        for end in (self._wake_reader, self._wake_writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)  # to wake up, nothing else
        for number in _STOP_SIGNALS:
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
                signal.signal(number, self._on_stop_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in reversed(self._children):
            self._stop(child)
        signal.set_wakeup_fd(-1)
        for end in (self._lifeline, self._held_end, self._wake_reader, self._wake_writer):
            os.close(end)

    def start(self, *services: Service) -> None:
        """Start all of them, then wait until each is ready. Raises `SetupError`, or `StopRequested`."""
        waiting = [self._spawn_first(service) for service in services]
        deadline = self._clock.monotonic() + START_SECONDS
        while waiting := [child for child in waiting if not self._is_ready(child)]:
            if self._clock.monotonic() > deadline:
                raise SetupError(f"The {waiting[0].service.name} is not ready after {START_SECONDS:g} s.")
            self._sleep(_POLL_SECONDS)

    def complete(self, arguments: Sequence[str], output: Output) -> int:
        """Run a module of ours that ends by itself and return its status. Raises `StopRequested`."""
        process = python(arguments, output, self._lifeline).start()
        try:
            while (status := process.exit_status()) is None:
                self._sleep(_LOOK_SECONDS)
        finally:
            process.stop(signal.SIGTERM, _LOOK_SECONDS)
        return status

    def watch(self) -> None:
        """Start again what dies, until a signal asks to stop."""
        while not self._stop_requests:
            for child in self._children:
                self._tend(child)
            self._wait_for_signal(_LOOK_SECONDS)

    def _spawn_first(self, service: Service) -> Child:
        child = Child(service, None, self._clock.monotonic())
        self._children.append(child)
        try:
            self._spawn(child)
        except OSError as error:
            raise SetupError(f"The {service.name} cannot be started: {error}.") from error
        return child

    def _spawn(self, child: Child) -> None:
        child.process = child.service.spawn(self._lifeline)
        child.started_at = self._clock.monotonic()
        self._pid_file(child).write_text(f"{child.process.pid}\n")

    def _is_ready(self, child: Child) -> bool:
        process = child.process
        if process is None or process.exit_status() is None:
            return process is not None and child.service.is_ready(process)
        if process.is_child:
            raise SetupError(child.service.failure())
        self._spawn(child)  # one that was taken over was about to end
        return False

    def _tend(self, child: Child) -> None:
        now = self._clock.monotonic()
        if child.process is None:
            if now >= child.due_at:
                self._spawn_again(child)
            return
        status = child.process.exit_status()
        if status is not None:
            self._plan_restart(child, _describe(status))

    def _spawn_again(self, child: Child) -> None:
        try:
            self._spawn(child)
        except (OSError, SetupError) as error:
            self._plan_restart(child, str(error))

    def _plan_restart(self, child: Child, why: str) -> None:
        now = self._clock.monotonic()
        healthy = child.process is not None and now - child.started_at >= HEALTHY_SECONDS
        pause = FIRST_PAUSE_SECONDS if healthy else child.pause_seconds
        child.process, child.due_at = None, now + pause
        child.pause_seconds = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self._say(f"{child.service.name} ended ({why}); starting it again in {pause:g} s")

    def _stop(self, child: Child) -> None:
        process = child.process
        if process is not None:
            process.send(child.service.stop_signal)
            deadline = self._clock.monotonic() + child.service.stop_seconds
            while process.exit_status() is None:
                if self._stop_requests > 1 or self._clock.monotonic() > deadline:
                    process.stop(signal.SIGKILL, _LOOK_SECONDS)
                self._wait_for_signal(_POLL_SECONDS)
            self._say(f"stopped {child.service.name}")
        self._pid_file(child).unlink(missing_ok=True)

    def _pid_file(self, child: Child) -> Path:
        return self._run_folder / f"{child.service.name}.pid"

    def _sleep(self, seconds: float) -> None:
        self._wait_for_signal(seconds)
        if self._stop_requests:
            raise StopRequested

    def _wait_for_signal(self, seconds: float) -> None:
        readable, _, _ = select.select([self._wake_reader], [], [], seconds)
        if readable:
            os.read(self._wake_reader, 4096)

    def _on_stop_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_requests += 1


def _describe(status: int) -> str:
    if status == UNKNOWN_STATUS:
        return "it was not our child"
    return f"status {status}" if status >= 0 else signal.Signals(-status).name
