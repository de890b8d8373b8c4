"""A worker's lease: who it is, and until when the others must believe that it lives."""

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from app.core.clock import Clock
from app.core.ids import IdSource

WORKER = "wrk_"
BEAT_SECONDS = 2.5
DEAD_AFTER_SECONDS = 8.0  # three beats may be lost; a fourth means that nobody is there
EFFECT_MARGIN_SECONDS = 2.0  # an effect starts only while the lease holds for this much longer


@dataclass(frozen=True, slots=True)
class Identity:
    """A process, told apart from any other of the same pid by boot, pid namespace and start time."""

    worker_id: str
    boot_id: str
    pid_ns: str
    pid: int
    pid_started: int

    @classmethod
    def of_this_process(cls, ids: IdSource) -> "Identity":
        pid = os.getpid()
        return cls(ids.new(WORKER), boot_id(), pid_namespace(), pid, started_ticks(pid) or 0)


def boot_id() -> str:
    """Return what distinguishes this boot of this machine, "" where the system does not say."""
    file = Path("/proc/sys/kernel/random/boot_id")
    return file.read_text().strip() if file.exists() else ""


def pid_namespace() -> str:
    """Return the namespace in which this process's pids mean something, "" where the system does not say."""
    link = Path("/proc/self/ns/pid")
    return str(link.readlink()) if link.is_symlink() else ""


def started_ticks(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields_after_name = stat[stat.rindex(b")") + 2 :].split()
    return None if fields_after_name[0] in {b"Z", b"X"} else int(fields_after_name[19])


class Lease:
    """How long the lease still holds, by a clock that counts while the machine or the process sleeps.

    Written by the beat's thread, read by the event loop.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last_sent: float | None = None

    def renewed(self, sent_at: float) -> None:
        """Note a beat that arrived; it counts from before it was sent."""
        with self._lock:
            self._last_sent = sent_at

    def lost(self) -> None:
        with self._lock:
            self._last_sent = None

    def holds(self, margin_seconds: float = EFFECT_MARGIN_SECONDS) -> bool:
        with self._lock:
            sent = self._last_sent
        return sent is not None and self._clock.boottime() + margin_seconds < sent + DEAD_AFTER_SECONDS


@dataclass(frozen=True, slots=True)
class Beat:
    """What a beat found: whether the lease is still there, and what was asked of the runs under it."""

    alive: bool
    cancelled: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
