"""What was done to a system, and how long it took to recover: each experiment keeps one, the report sums them up."""

import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

STILL = float("inf")  # of a fault that lasts


class Recovery(StrEnum):
    """What a system recovers from, with the promise of docs/durability.md."""

    LOCAL_DEATH = "kill -9 of a worker, another one on its machine"
    REMOTE_DEATH = "kill -9 of a worker, another one elsewhere"
    RELEASE = "SIGTERM of a worker"
    VALKEY = "Valkey comes back, or forgets"
    POSTGRES = "Postgres comes back"


BOUND_SECONDS = {
    Recovery.LOCAL_DEATH: 4.0,
    Recovery.REMOTE_DEATH: 15.0,
    Recovery.RELEASE: 1.0,
    Recovery.VALKEY: 2.0,
    Recovery.POSTGRES: 5.0,
}


@dataclass(slots=True)
class Fault:
    """Something that was done to a system, from `began` to `ended` (seconds of the wall clock)."""

    kind: str
    began: float
    ended: float
    excuses: bool = True  # calls that are made again

    def touches(self, began: float, ended: float) -> bool:
        return self.began <= ended and began <= self.ended


@dataclass(slots=True)
class Ledger:
    """Faults in the order in which they were done, and recoveries in seconds."""

    faults: list[Fault] = field(default_factory=list)
    recoveries: dict[Recovery, list[float]] = field(default_factory=lambda: defaultdict(list))
    accepted: int = 0
    called: int = 0
    repeated: int = 0

    def note(self, kind: str, *, excuses: bool = True) -> Fault:
        """Write down a fault of this very moment, and whether it excuses that a call is made again."""
        now = time.time()  # noqa: TID251 -- compared with when targets were asked and transactions committed
        self.faults.append(Fault(kind, now, now, excuses))
        return self.faults[-1]

    def prolong(self) -> None:
        """Let the newest fault last until now: what a process had sent before its death arrives after it."""
        self.faults[-1].ended = time.time()  # noqa: TID251 -- as above

    @contextmanager
    def lasting(self, kind: str) -> Iterator[None]:
        """Write down a fault that lasts as long as the block."""
        fault = self.note(kind)
        fault.ended = STILL
        try:
            yield
        finally:
            fault.ended = time.time()  # noqa: TID251 -- as above

    def is_excused(self, began: float, ended: float) -> bool:
        """Say whether a fault that excuses repetitions touched the time between two moments."""
        return any(fault.excuses and fault.touches(began, ended) for fault in self.faults)

    async def recovers(self, kind: Recovery, wait: Callable[[], Awaitable[object]]) -> None:
        """Wait, from the end of a fault on, until the system has recovered, and hold it to what is promised."""
        began = time.monotonic()
        await wait()
        seconds = time.monotonic() - began
        self.recoveries[kind].append(seconds)
        assert seconds <= BOUND_SECONDS[kind], f"{kind}: {seconds:.1f} s"

    @property
    def counts(self) -> Counter[str]:
        """Return how often each kind of fault was done."""
        return Counter(fault.kind for fault in self.faults)


def moment() -> float:
    """Return now, as faults, calls and commits are timed."""
    return time.time()  # noqa: TID251 -- as above
