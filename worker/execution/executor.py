"""Walks one claimed run: starts what is ready, acts on outcomes, parks, ends. One direction, no back and forth."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import Enum, auto

import structlog

from app.graph.graph import Graph
from app.runs.repository.ends import RunEnd
from app.runs.states import CANCELLED, RunStatus
from worker.execution.active_time import ActiveTime
from worker.execution.claimed import Claimed, trigger_step
from worker.execution.entries import Transition, Verdict
from worker.execution.flight import Flights, Tools
from worker.execution.recorder import DroppedError, Recorder, UnstorableError
from worker.execution.settling import CUT_SHORT, Settler
from worker.execution.state import RunState
from worker.execution.steps import RecordedStep, WaitRow

MAX_TAKEOVERS = 5  # a run whose worker died this often without recording a step is what kills it
RETRY_SECONDS = 0.5  # after the database did not answer
LET_FINISH_SECONDS = 20.0  # for attempts in flight when a run fails
LONGEST_SLEEP_SECONDS = 4.0  # until a timer: where the clock is set meanwhile, it is noticed as soon as by looking

log = structlog.get_logger()


class Parting(Enum):
    """How a worker and a run part."""

    ENDED = auto()
    PARKED = auto()
    RELEASED = auto()
    DROPPED = auto()  # the run went to somebody else, or was ended by somebody else


class Execution:
    """One run in this worker's hands, from its claim until it ends, parks, is released or is lost."""

    def __init__(self, run: Claimed, graph: Graph, tools: Tools) -> None:
        self.run = run
        self._graph = graph
        self._tools = tools
        self._state = RunState(run, graph, tools.limits)
        self._recorder = Recorder(run, graph, self._state, tools.journal, tools.ids)
        self._flights = Flights(run, graph, self._state, self._recorder, tools)
        self._settler = Settler(run, graph, self._state, self._recorder, tools)
        self._cancelled = run.cancel_requested_at is not None
        self._leaving = False
        self._end: RunEnd | None = None
        self._failed_at: float | None = None
        self._active = ActiveTime(run, tools.limits, tools.clock)

    @property
    def context_bytes(self) -> int:
        return self._state.context_bytes

    @property
    def next_due_at(self) -> datetime | None:
        """Return when the earliest wait is due."""
        return self._state.waits.next_due_at

    @property
    def is_busy(self) -> bool:
        """Say whether an attempt is in flight."""
        return len(self._flights) > 0

    def cancel(self) -> None:
        """End the run: somebody asked for it."""
        self._cancelled = True
        self._flights.nudge.set()

    def resolve(self, resolved: Sequence[WaitRow]) -> None:
        """Go on from waits that somebody has resolved."""
        self._state.waits.resolve(resolved)
        self._flights.nudge.set()

    def leave(self) -> None:
        """Give the run up as soon as no attempt is in flight."""
        self._leaving = True
        self._flights.nudge.set()

    async def cut(self) -> None:
        """Abort attempts in flight without recording them: whoever takes the run over makes them again."""
        self._leaving = True
        await self._flights.cut()

    async def drive(self, steps: Sequence[RecordedStep], waits: Sequence[WaitRow]) -> Parting:
        """Walk the run as far as it goes. The run is not this worker's afterwards."""
        try:
            self._restore(steps, waits)
            return await self._walk()
        except DroppedError:
            return Parting.DROPPED
        except UnstorableError:
            return await self._fail_bare("The database refused what a step of this run produced.")
        except Exception as error:
            log.exception("execution_failed", run_id=self.run.id)
            return await self._fail_bare(f"The run failed inside the server ({type(error).__name__}).")
        finally:
            await self._flights.cut()

    def _restore(self, steps: Sequence[RecordedStep], waits: Sequence[WaitRow]) -> None:
        trigger = self._graph.trigger
        if not self._cancelled and all(step.node_id != trigger.node_id for step in steps):
            row = trigger_step(self.run, trigger, self._tools.ids)
            self._recorder.add(row)
            steps = [row.as_recorded(), *steps]
        self._state.replay(steps, waits)
        if self.run.takeovers >= MAX_TAKEOVERS:
            frontier = self._state.root.frontier
            stuck = [*frontier.ready(), *sorted(frontier.in_flight()), "?"][0]
            self._end = self._failed(f"abandoned after {MAX_TAKEOVERS} attempts at node {stuck}")

    async def _walk(self) -> Parting:
        while True:
            self._flights.nudge.clear()
            self._recorder.check()
            self._settle_landed()
            self._end = self._end or self._due_end()
            if self._end is not None:
                return await self._finish(self._end)
            self._start_what_is_due()
            parting = None if self.is_busy else await self._pause()
            if parting is not None:
                return parting
            if self._recorder.is_urgent:
                self._recorder.submit()
                await self._tools.journal.has_room()
            await self._next_event()

    def _due_end(self) -> RunEnd | None:
        """Say whether the run is over by now, and how."""
        if self._cancelled:
            return self._failed(CANCELLED)
        passed = self._state.passed_limit() or self._active.passed_limit()
        if passed is not None:
            return self._failed(passed)
        if self._state.failure is not None:
            return self._failed(self._state.failure) if self._may_fail_now() else None
        if self._state.is_exhausted:
            result, answer = self._state.result(), self._state.answer()
            return RunEnd(self.run.id, RunStatus.COMPLETED, output=result, answer=answer)
        return None

    def _may_fail_now(self) -> bool:
        now = self._tools.clock.monotonic()
        self._failed_at = self._failed_at or now
        return not self.is_busy or now - self._failed_at >= LET_FINISH_SECONDS

    def _failed(self, message: str) -> RunEnd:
        return RunEnd(self.run.id, RunStatus.FAILED, message)

    @property
    def _may_start(self) -> bool:
        return not self._leaving and self._state.failure is None

    def _has_room(self, text: str) -> bool:
        """Say whether another attempt may be started on a path."""
        path = self._state.path(text)
        return path is not None and path.airborne < self._tools.limits.concurrent_nodes

    def _start_what_is_due(self) -> None:
        if not self._may_start:
            return
        for wait in self._state.waits.over(self._tools.clock.now()):
            path = self._state.path(wait.row.path)
            if path is not None and self._has_room(path.text):
                self._state.waits.remove(wait)
                self._flights.start(path, wait.row.node_id, wait.row.attempt, wait)
        for path in self._state.paths:
            room = self._tools.limits.concurrent_nodes - path.airborne
            for node_id in path.startable()[:room] if room > 0 else ():
                path.start(node_id)
                self._flights.start(path, node_id, path.next_attempt(node_id))

    async def _pause(self) -> Parting | None:
        """Give the lease up if the run can do without a worker for now. None: it goes on."""
        if self._leaving:
            await self._recorder.conclude(Transition.RELEASE, self._active.held_ms)
            return Parting.RELEASED
        self._settler.close_lost_waits()
        if not self._state.waits.may_park:
            return None
        verdict = await self._recorder.conclude(Transition.PARK, self._active.held_ms)
        if verdict is Verdict.RECORDED:
            return Parting.PARKED
        await self._hear()
        return None

    async def _hear(self) -> None:
        """Find out what was asked of the run meanwhile."""
        try:
            asked = await self._tools.inbox.read(self.run.id)
        except Exception as error:  # noqa: BLE001 -- the database is away, which must not fail the run
            log.warning("inbox_unread", error=repr(error))
            await asyncio.sleep(RETRY_SECONDS)
            self._flights.nudge.set()
            return
        self._cancelled = self._cancelled or asked.cancelled
        self.resolve(asked.resolved)

    async def _next_event(self) -> None:
        """Sleep until an attempt lands, somebody asks for something, or a timer is due."""
        seconds = [self._active.seconds_left]
        due_at = self._state.waits.next_due_among(self._has_room) if self._may_start else None
        if due_at is not None:
            until_due = (due_at - self._tools.clock.now()).total_seconds()
            seconds.append(min(until_due, LONGEST_SLEEP_SECONDS))
        if self._failed_at is not None:
            seconds.append(self._failed_at + LET_FINISH_SECONDS - self._tools.clock.monotonic())
        try:
            async with asyncio.timeout(max(0.0, min(seconds))):
                await self._flights.nudge.wait()
        except TimeoutError:
            return

    def _settle_landed(self) -> None:
        for flight in self._flights.take_landed():
            outcome = flight.task.result()
            end = self._settler.settle(flight, outcome, self._flights.timing(flight))
            self._end = self._end or end

    async def _finish(self, end: RunEnd) -> Parting:
        for flight in await self._flights.cut():
            self._settler.record_warning(flight, CUT_SHORT, self._flights.timing(flight))
        self._settle_landed()
        self._settler.record_cut_loops(self._tools.clock.now())
        await self._recorder.conclude(end)
        return Parting.ENDED

    async def _fail_bare(self, message: str) -> Parting:
        """End a run without what it has not recorded yet: that is what went wrong."""
        await self._flights.cut()
        self._recorder.forget()
        try:
            await self._recorder.conclude(self._failed(message))
        except (DroppedError, UnstorableError):
            log.exception("run_cannot_be_ended", run_id=self.run.id)
            return Parting.DROPPED
        return Parting.ENDED
