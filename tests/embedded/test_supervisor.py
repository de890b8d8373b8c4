"""The supervisor's own rules, on processes that do nothing and a clock that is set by hand."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.clock import Clock
from app.core.errors import SetupError
from app.embedded.processes import Command, Process
from app.embedded.supervisor import HEALTHY_SECONDS, LONGEST_PAUSE_SECONDS, Child, Supervisor


class HandClock(Clock):
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


class Mayfly:
    """A service that ends at once, unless it is told otherwise."""

    name = "mayfly"
    stop_signal = signal.SIGTERM
    stop_seconds = 5.0

    def __init__(self, code: str = "") -> None:
        self.code = code
        self.missing = False

    def spawn(self, lifeline: int) -> Process:
        assert lifeline >= 0
        program = "/nowhere" if self.missing else sys.executable
        return Command([program, "-I", "-S", "-c", self.code]).start()

    def is_ready(self, process: Process) -> bool:
        return process.pid < 0

    def failure(self) -> str:
        return "The mayfly has ended."


class Tended:
    """A supervisor of one service, and what it said."""

    def __init__(self, run_folder: Path, service: Mayfly) -> None:
        self.clock = HandClock()
        self.said: list[str] = []
        self.supervisor = Supervisor(run_folder, self.said.append, self.clock)
        self.child: Child = self.supervisor._spawn_first(service)

    def die(self) -> float:
        """Let the process end, have that noticed, and return the pause that follows."""
        assert self.child.process is not None
        assert self.child.process.wait(10)
        self.supervisor._tend(self.child)
        return self.child.due_at - self.clock.seconds

    def revive(self) -> None:
        self.clock.seconds = self.child.due_at
        self.supervisor._tend(self.child)


@pytest.fixture
def tended(tmp_path: Path) -> Iterator[Tended]:
    tended = Tended(tmp_path, Mayfly())
    yield tended
    tended.supervisor.__exit__(None, None, None)


def test_the_pause_grows_to_its_limit(tended: Tended) -> None:
    pauses = []
    for _ in range(7):
        pauses.append(tended.die())
        tended.revive()
    assert pauses == [1, 2, 4, 8, 16, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]


def test_what_ran_for_long_is_started_again_soon(tended: Tended) -> None:
    tended.die()
    tended.revive()
    tended.clock.seconds += HEALTHY_SECONDS
    assert tended.die() == 1


def test_nothing_is_started_before_its_pause_is_over(tended: Tended) -> None:
    tended.die()
    tended.clock.seconds = tended.child.due_at - 0.01
    tended.supervisor._tend(tended.child)
    assert tended.child.process is None


def test_what_cannot_be_started_is_tried_again_after_a_longer_pause(tmp_path: Path) -> None:
    service = Mayfly()
    tended = Tended(tmp_path, service)
    tended.die()
    service.missing = True
    tended.revive()
    assert tended.child.process is None
    assert tended.child.due_at - tended.clock.seconds == 2
    assert "No such file" in tended.said[-1]
    tended.supervisor.__exit__(None, None, None)


def test_an_end_is_said_with_its_cause(tended: Tended) -> None:
    tended.die()
    assert tended.said == ["mayfly ended (status 0); starting it again in 1 s"]


def test_a_service_that_ends_before_it_is_ready_is_a_failed_start(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, lambda _line: None, Clock())
    with pytest.raises(SetupError, match=r"The mayfly has ended\."):
        supervisor.start(Mayfly())
    supervisor.__exit__(None, None, None)


def test_a_service_that_cannot_be_started_at_all_is_a_failed_start(tmp_path: Path) -> None:
    service = Mayfly()
    service.missing = True
    supervisor = Supervisor(tmp_path, lambda _line: None, Clock())
    with pytest.raises(SetupError, match=r"The mayfly cannot be started: .*No such file"):
        supervisor.start(service)
    supervisor.__exit__(None, None, None)


def test_what_does_not_heed_its_signal_is_killed(tmp_path: Path) -> None:
    class Stubborn(Mayfly):
        stop_seconds = 0.2

    deaf = "import signal, sys; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()"
    supervisor = Supervisor(tmp_path, lambda _line: None, Clock())
    child = supervisor._spawn_first(Stubborn(deaf))
    supervisor.__exit__(None, None, None)
    assert child.process is not None
    assert child.process.exit_status() in {-signal.SIGKILL, -signal.SIGTERM}  # SIGTERM: it had not begun to be deaf
