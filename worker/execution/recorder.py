"""What one run has finished and not yet written: steps and waits gather here until something must not go first."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from app.core.ids import LOG, IdSource
from app.graph.graph import Graph
from app.graph.settle import StepStatus
from app.runs.repository.children import ChildRun
from app.runs.repository.ends import RunEnd
from worker.execution.claimed import Claimed
from worker.execution.entries import Entry, Transition, Verdict
from worker.execution.journal import Journal
from worker.execution.sizes import size_of
from worker.execution.state import RunState
from worker.execution.steps import StepRow, WaitRow

HELD_ROWS = 100  # pure steps wait for company; this many do not fit into much memory
HELD_BYTES = 256 * 1024


class DroppedError(Exception):
    """The run is not this worker's any more: stop, and write nothing."""


class UnstorableError(Exception):
    """The database refuses what a step of this run has produced."""


@dataclass(frozen=True, slots=True)
class Timing:
    """When an attempt began and ended, and how long it took by a clock that does not jump."""

    started_at: datetime
    finished_at: datetime
    duration_ms: int

    @classmethod
    def between(cls, started_at: datetime, finished_at: datetime) -> "Timing":
        """Return the timing of what outlives its workers, and so has nothing but their clocks."""
        started_at = min(started_at, finished_at)
        return cls(started_at, finished_at, round((finished_at - started_at).total_seconds() * 1000))


@dataclass(frozen=True, slots=True)
class Result:
    """What is to be recorded of an attempt. `output` is JSON text."""

    path: str
    node_id: str
    attempt: int
    status: StepStatus
    output: str
    handle: str | None
    timing: Timing


class Recorder:
    """Collects a run's rows and hands them to the journal, in order."""

    def __init__(self, run: Claimed, graph: Graph, state: RunState, journal: Journal, ids: IdSource) -> None:
        self._run = run
        self._graph = graph
        self._state = state
        self._journal = journal
        self._ids = ids
        self._steps: list[StepRow] = []
        self._closed: list[tuple[str, str]] = []
        self._opened: list[WaitRow] = []
        self._children: list[ChildRun] = []
        self._bytes = 0
        self._has_effect = False
        self._submitted: list[asyncio.Future[Verdict]] = []

    @property
    def is_urgent(self) -> bool:
        """Say whether what is held should be written now: an effect's result, or simply much."""
        return self._has_effect or len(self._steps) > HELD_ROWS or self._bytes > HELD_BYTES

    def step(self, result: Result) -> None:
        """Hold the row of an attempt that ended."""
        node = self._graph.nodes[result.node_id]
        self._has_effect = self._has_effect or node.has_effect
        self.add(
            StepRow(
                id=self._ids.new(LOG),
                run_id=self._run.id,
                org_id=self._run.org_id,
                workflow_id=self._run.workflow_id,
                seq=self._state.next_seq(),
                path=result.path,
                node_id=result.node_id,
                component_id=node.component_id,
                attempt=result.attempt,
                status=result.status,
                output=result.output,
                handle=result.handle,
                fence=self._run.fence,
                started_at=result.timing.started_at,
                duration_ms=result.timing.duration_ms,
                created_at=result.timing.finished_at,
            )
        )

    def add(self, row: StepRow) -> None:
        self._steps.append(row)
        self._bytes += size_of(row.output)

    def open_wait(self, wait: WaitRow) -> None:
        self._opened.append(wait)
        self._has_effect = True  # a wait that began is written at once, or a crash would begin it anew

    def start_child(self, child: ChildRun) -> None:
        """Hold a run that starts with what its step comes to."""
        self._children.append(child)
        self._has_effect = True

    def close_wait(self, wait: WaitRow) -> None:
        self._closed.append((wait.path, wait.node_id))

    def submit(self, transition: Transition | RunEnd | None = None, active_ms: int = 0) -> asyncio.Future[Verdict]:
        """Hand everything held to the journal, with what the run does next, and for how long it was active."""
        held = (self._steps, self._closed, self._opened)
        entry = Entry(self._run.id, self._run.fence, *held, transition, active_ms, self._children)
        self._steps, self._closed, self._opened, self._children = [], [], [], []
        self._bytes, self._has_effect = 0, False
        verdict = self._journal.submit(entry)
        self._submitted = [*(earlier for earlier in self._submitted if not _went_well(earlier)), verdict]
        return verdict

    async def conclude(self, transition: Transition | RunEnd, active_ms: int = 0) -> Verdict:
        """Submit, and wait for the verdict. Raises `DroppedError` or `UnstorableError`."""
        verdict = self.submit(transition, active_ms)
        await asyncio.wait([verdict])
        self.check()
        return verdict.result()

    async def flush(self) -> None:
        """Return once everything recorded so far is durable. Raises `DroppedError` or `UnstorableError`."""
        if self._steps or self._opened:
            self.submit()
        for verdict in list(self._submitted):
            await asyncio.wait([verdict])
        self.check()

    def check(self) -> None:
        """Raise `DroppedError` or `UnstorableError` if an earlier submission came to that."""
        for verdict in self._submitted:
            if verdict.done():
                _raise(verdict)

    def forget(self) -> None:
        """Discard what is held: it cannot be stored, and the run ends without it."""
        self._steps, self._closed, self._opened, self._children, self._submitted = [], [], [], [], []


def _went_well(verdict: asyncio.Future[Verdict]) -> bool:
    return verdict.done() and verdict.exception() is None and verdict.result() is not Verdict.REFUSED


def _raise(verdict: asyncio.Future[Verdict]) -> None:
    error = verdict.exception()
    if isinstance(error, DBAPIError):
        raise UnstorableError from error
    if error is not None:
        raise error
    if verdict.result() is Verdict.REFUSED:
        raise DroppedError
