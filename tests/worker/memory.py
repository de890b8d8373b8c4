"""A journal in memory, which holds what the database would of one run, and the clock by which it is written."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from app.core.clock import Clock
from app.core.json import JsonObject, loads_object
from app.graph.settle import StepStatus
from app.runs.repository.ends import RunEnd
from worker.execution.entries import Entry, Transition, Verdict
from worker.execution.journal import Journal
from worker.execution.records import StepPlace
from worker.execution.restoring import Restorer
from worker.execution.steps import RecordedStep, StepRow, WaitRow

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
RUN = "fl_run_1"


class TickingClock(Clock):
    """Goes on by a millisecond whenever it is looked at; nothing takes any time."""

    def __init__(self) -> None:
        super().__init__()
        self._now = NOON

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def monotonic(self) -> float:
        return 0.0

    def jump(self, moment: datetime) -> None:
        self._now = max(self._now, moment)


class Park(NamedTuple):
    """How many steps were recorded when a run parked, and how many waits were open."""

    rows: int
    waits: int


@dataclass
class Memory(Journal):
    """What the database would hold of one run. It takes `lives[0]` entries of the first worker, and so on."""

    clock: TickingClock
    lives: list[int] = field(default_factory=list)
    rows: list[StepRow] = field(default_factory=list)
    waits: dict[tuple[str, str], WaitRow] = field(default_factory=dict)
    end: RunEnd | None = None
    parks: list[Park] = field(default_factory=list)

    def submit(self, entry: Entry) -> asyncio.Future[Verdict]:
        is_taken = self._lives_on()
        if is_taken:
            self._take(entry)
        entry.verdict.set_result(Verdict.RECORDED if is_taken else Verdict.REFUSED)
        return entry.verdict

    async def has_room(self) -> None:
        return

    def recorded(self) -> list[RecordedStep]:
        """Return what recovery reads."""
        return [_as_read(row) for row in self.rows]

    def _lives_on(self) -> bool:
        if not self.lives:
            return True
        self.lives[0] -= 1
        return self.lives[0] >= 0

    def _take(self, entry: Entry) -> None:
        known = {(row.path, row.node_id, row.attempt) for row in self.rows}
        counted = {(row.path, row.node_id) for row in self.rows if row.status is not StepStatus.WARNING}
        for step in entry.steps:
            assert (step.path, step.node_id, step.attempt) not in known
            assert (step.path, step.node_id) not in counted, "a step that is recorded is never executed again"
        self.rows += entry.steps
        for place in entry.closed:
            del self.waits[place]
        for wait in entry.opened:
            assert (wait.path, wait.node_id) not in self.waits
            self.waits[wait.path, wait.node_id] = wait
        if isinstance(entry.transition, RunEnd):
            self.end = entry.transition
        elif entry.transition is Transition.PARK:
            park = Park(len(self.rows), len(self.waits))
            assert not self.parks or park.rows > self.parks[-1].rows, "a run that parks again has done something"
            self.parks.append(park)

    @property
    def next_due_at(self) -> datetime:
        return min(wait.due_at for wait in self.waits.values() if wait.due_at is not None)


@dataclass
class Reading(Restorer):
    """Reads what a memory holds."""

    memory: Memory

    async def outputs(self, run_id: str, places: Sequence[StepPlace]) -> dict[StepPlace, JsonObject]:
        assert run_id == RUN
        found = {(row.path, row.node_id, row.attempt): loads_object(row.output) for row in self.memory.rows}
        return {place: found[place] for place in places}


def _as_read(row: StepRow) -> RecordedStep:
    step = row.as_recorded()
    error = (step.output or {}).get("error")
    message = str(error["message"]) if isinstance(error, dict) and row.status is StepStatus.ERROR else None
    return replace(step, output=None if row.path else step.output, message=message)
