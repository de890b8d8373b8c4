"""What the supervisor asks of whatever it starts, and our own programs as such."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from app.core.supervision import SUPERVISOR_VARIABLE
from app.embedded.output import Output
from app.embedded.processes import Command, Process


class Service(Protocol):
    """Something that runs until it is stopped, and is started again when it dies."""

    @property
    def name(self) -> str: ...
    @property
    def stop_signal(self) -> signal.Signals: ...
    @property
    def stop_seconds(self) -> float: ...

    def spawn(self, lifeline: int) -> Process:
        """Start it; `lifeline` is the file descriptor that closes with the supervisor."""

    def is_ready(self, process: Process) -> bool: ...

    def failure(self) -> str:
        """Return the sentence for one that ended before it was ready."""


class Program:
    """One of our own processes: a Python module, with our settings, that follows the lifeline by itself."""

    stop_signal = signal.SIGTERM
    stop_seconds = 30.0  # a worker lets attempts in flight end

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        output: Output,
        ready: Callable[[], bool] = lambda: True,
        own_settings: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._output = output
        self._ready = ready
        self._own_settings = own_settings or {}

    def spawn(self, lifeline: int) -> Process:
        return python(self._arguments, self._output, lifeline, self._own_settings).start()

    def is_ready(self, _process: Process) -> bool:
        return self._ready()

    def failure(self) -> str:
        return f"The {self.name} did not start: {self._output.last_words()} (all it said: {self._output.path})"


def python(
    arguments: Sequence[str], output: Output, lifeline: int, own_settings: Mapping[str, str] | None = None
) -> Command:
    """Return the command that runs our own code: not what lies in the working folder, hence `-P`."""
    return Command(
        [sys.executable, "-P", *arguments],
        log=output.begin(),
        environment={**os.environ, **(own_settings or {}), SUPERVISOR_VARIABLE: str(lifeline)},
        keep_open=(lifeline,),
    )
