"""What one run gives to its worker's journal: rows that are written together, and how the run goes on after them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from app.runs.repository.children import ChildRun
from app.runs.repository.ends import RunEnd
from worker.execution.sizes import size_of
from worker.execution.steps import StepRow, WaitRow


class Transition(Enum):
    PARK = auto()
    RELEASE = auto()


class Verdict(Enum):
    """What became of an entry."""

    RECORDED = auto()
    REFUSED = auto()  # somebody else holds the run, or it is over: drop it and write nothing more
    STILL_AWAKE = auto()  # recorded, but a wait was resolved or a cancel asked for before it could park


@dataclass(slots=True)
class Entry:
    """What one run has to record, all or nothing: finished steps, waits that end and begin, and how it goes on.

    `children` are the runs that its steps start: awaited by one of the waits that begin, or going on by themselves.
    """

    run_id: str
    fence: int
    steps: Sequence[StepRow] = ()
    closed: Sequence[tuple[str, str]] = ()  # (path, node) of waits whose step is among `steps`
    opened: Sequence[WaitRow] = ()
    transition: Transition | RunEnd | None = None
    active_ms: int = 0  # for how long the lease was held, where the transition gives it up
    children: Sequence[ChildRun] = ()
    verdict: asyncio.Future[Verdict] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def rows(self) -> int:
        return len(self.steps) + len(self.opened) + len(self.children) + 1

    @property
    def size_bytes(self) -> int:
        texts = [*(step.output for step in self.steps), *(child.run.start.payload for child in self.children)]
        return sum(map(size_of, texts))


def still_open(entries: Iterable[Entry]) -> list[WaitRow]:
    """Return the waits that begin and that no later entry of the batch ends."""
    waits: dict[tuple[str, str, str], WaitRow] = {}
    for entry in entries:
        for closed in entry.closed:
            waits.pop((entry.run_id, *closed), None)
        waits |= {(entry.run_id, wait.path, wait.node_id): wait for wait in entry.opened}
    return list(waits.values())


def giving_up(entries: Iterable[Entry], transition: Transition) -> dict[str, int]:
    """Return the runs that go this way, and for how long each was held."""
    return {entry.run_id: entry.active_ms for entry in entries if entry.transition is transition}
