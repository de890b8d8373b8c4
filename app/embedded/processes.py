"""Child processes of the embedded mode: started in sessions of their own, found again by their pid files."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LAUNCHER = Path(__file__).with_name("launcher.py")
UNKNOWN_STATUS = 256  # of a process that is not our child
_REUSE_TOLERANCE_SECONDS = 2  # a process counts as the one of a pid file when it is not younger than the file


class Process:
    """A process that we started, or one that we found running and took over."""

    def __init__(self, pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self._child = child
        self._process = psutil.Process(pid) if child is None else None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def is_child(self) -> bool:
        return self._child is not None

    def exit_status(self) -> int | None:
        """Return None while it runs; then its status, negative when a signal ended it."""
        status = self._child.poll() if self._child is not None else None if _runs(self._process) else UNKNOWN_STATUS
        if status is not None and self._guard is not None:
            self._guard.kill()  # or it would signal whoever gets this number next
            self._guard.wait()
            self._guard = None
        return status

    def guard(self, number: signal.Signals, lifeline: int) -> None:
        """Have a process of its own send `number` to this one when `lifeline` closes."""
        script = 'read _; kill -s "$0" "$1"'
        arguments = ["/bin/sh", "-c", script, number.name.removeprefix("SIG"), str(self.pid)]
        self._guard = subprocess.Popen(arguments, stdin=lifeline, start_new_session=True)  # noqa: S603 -- our own script

    def works_in(self, folder: Path) -> bool:
        """Return whether `folder` is its working folder, which tells servers of the same program apart."""
        try:
            return Path(psutil.Process(self.pid).cwd()) == folder
        except psutil.Error:
            return False

    def send(self, number: signal.Signals) -> None:
        if self._child is not None:
            self._child.send_signal(number)
            return
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(self.pid).send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Return whether it ended within `seconds`."""
        try:
            if self._child is not None:
                self._child.wait(seconds)
            elif self._process is not None:
                self._process.wait(seconds)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            return False
        return self.exit_status() is not None

    def stop(self, number: signal.Signals, seconds: float) -> None:
        """Ask it to end, insist after `seconds`."""
        self.send(number)
        if not self.wait(seconds):
            self.send(signal.SIGKILL)
            self.wait(seconds)


@dataclass(frozen=True, slots=True)
class Command:
    """What to run: never a secret in the arguments, which every user of the machine can read."""

    arguments: Sequence[str]
    log: Path | None = None  # standard output and error; None: those of the supervisor
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    keep_open: Sequence[int] = ()  # file descriptors that the child inherits

    def start(self) -> Process:
        """Start it in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(self.log.open("ab")) if self.log else None
            child = subprocess.Popen(  # noqa: S603 -- the arguments are our own
                list(self.arguments),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                env=dict(self.environment),
                cwd=self.folder,
                pass_fds=tuple(self.keep_open),
                start_new_session=True,
            )
        return Process(child.pid, child)


def launched(command: Sequence[str], flags: Sequence[str], death_signal: signal.Signals) -> list[str]:
    """Wrap `command` so that it gets `death_signal` when the calling thread's process ends."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
    return [*launcher, f"--parent={os.getpid()}", f"--death-signal={death_signal:d}", *flags, "--", *command]


def guarded(process: Process, number: signal.Signals, lifeline: int | None) -> Process:
    """Return `process`, which ends with us also where no signal of the kernel's sees to that."""
    if lifeline is not None and not (process.is_child and sys.platform == "linux"):
        process.guard(number, lifeline)
    return process


def server_environment() -> dict[str, str]:
    """Return what a server needs to know: no secrets, messages in English, times in UTC."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def find(pid: int) -> Process | None:
    """Return the living process `pid`, which is not our child, or None."""
    try:
        found = Process(pid)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return found if found.exit_status() is None else None


def find_by_pid_file(file: Path) -> Process | None:
    """Return the living process that wrote `file`, or None; a later process with the same number is not it."""
    try:
        pid, written = int(file.read_text()), file.stat().st_mtime
        born = psutil.Process(pid).create_time()
    except (OSError, ValueError, psutil.Error):
        return None
    return find(pid) if born <= written + _REUSE_TOLERANCE_SECONDS else None


def all_in(folder: Path) -> list[Process]:
    """Return every living process that works in `folder`."""
    found = [find(pid) for pid in psutil.pids()]
    return [process for process in found if process is not None and process.works_in(folder)]


def _runs(process: psutil.Process | None) -> bool:
    try:
        return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
