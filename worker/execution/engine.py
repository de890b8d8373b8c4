"""The engine of one worker: slots, and the loops that fill them. Redis may hurry it; it never depends on Redis."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from app.core.config import WorkerSettings
from app.queue.client import Doorbell
from app.runs.repository.ends import RunEnd
from app.runs.states import RunStatus
from worker.execution.boarding import Boarding, Room
from worker.execution.claim import Claimer
from worker.execution.claimed import Claimed
from worker.execution.entries import Entry
from worker.execution.executor import Execution, Parting
from worker.execution.flight import Tools
from worker.execution.restoring import Restored, Restorer
from worker.execution.steps import RecordedStep, WaitRow

log = structlog.get_logger()

RETRY_SECONDS = 0.5  # after the database did not answer
CUT_GRACE_SECONDS = 5.0  # for releasing what had to be cut, and for a claim that is under way at a stop


@dataclass(frozen=True, slots=True)
class Held:
    """A run in a slot."""

    execution: Execution
    task: asyncio.Task[Parting]


class Engine:
    """Holds at most `slots` runs, of one organization at most half as many, and drives each of them."""

    def __init__(
        self, settings: WorkerSettings, claimer: Claimer, restorer: Restorer, tools: Tools, doorbell: Doorbell
    ) -> None:
        self._settings = settings
        self._doorbell = doorbell
        self.boarding = Boarding(claimer, settings.slots)
        self._restorer = restorer
        self._tools = tools
        self._held: dict[str, Held] = {}
        self._stopping = False
        self._claiming = asyncio.Lock()
        self._abandonments = 0
        self._side_tasks: set[asyncio.Task[None]] = set()
        self.slot_freed = asyncio.Event()
        self.on_parked: Callable[[datetime | None], None] = lambda _: None
        self.on_parting: Callable[[Parting], None] = lambda _: None
        self.worker_id = ""
        self.claims = 0  # begun or ended so far: an odd number means that one is under way

    @property
    def free_slots(self) -> int:
        """Return how many more rings are of use here; further ones are for workers that have nothing to do."""
        return max(0, self._room.ordinary - self.boarding.hints)

    @property
    def free_urgent_slots(self) -> int:
        """Return the same for runs that somebody waits for."""
        return max(0, self._room.urgent - self.boarding.urgent_hints)

    @property
    def _room(self) -> Room:
        """Return how many runs may be claimed now: none while the contexts of those held fill the memory."""
        held_bytes = sum(held.execution.context_bytes for held in self._held.values())
        if self._stopping or held_bytes > self._settings.context_bytes:
            return Room(0, 0)
        return Room.beside(self._held_runs, self._settings.slots)

    @property
    def _held_runs(self) -> list[Claimed]:
        return [held.execution.run for held in self._held.values()]

    @property
    def held_ids(self) -> set[str]:
        return set(self._held)

    @property
    def tasks(self) -> list[asyncio.Task[Any]]:
        """Return what is under way for runs."""
        return [*(held.task for held in self._held.values()), *self._side_tasks]

    def cancel(self, run_id: str) -> None:
        if run_id in self._held:
            self._held[run_id].execution.cancel()

    def notice(self, run_id: str) -> None:
        """Find out what was asked of a run, without letting anybody wait for it."""
        if run_id in self._held:
            self._spawn(self._read_inbox(run_id))

    def abandon_all(self) -> None:
        """Drop every run without a word, those just being claimed too: they belong to somebody else now."""
        self._abandonments += 1
        for held in self._held.values():
            held.task.cancel()

    async def claim_forever(self) -> None:
        """Fill free slots whenever there is something to fill them with."""
        while True:
            await self.boarding.wanted.wait()
            self.boarding.wanted.clear()
            try:
                while await self._claim_some():
                    pass
            except Exception as error:  # noqa: BLE001 -- the database is away; looking repairs what was lost
                log.warning("claim_failed", error=repr(error))
                self.boarding.claim_failed()
                await asyncio.sleep(RETRY_SECONDS)
                self.boarding.wanted.set()

    async def stop(self) -> None:
        """Release what has no attempt in flight at once, the rest as its attempts end, and finally all."""
        self._stopping = True
        self.boarding.wanted.set()  # what was rung for here is for others now, also what is heard of from now on
        for held in self._held.values():
            held.execution.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(CUT_GRACE_SECONDS), self._claiming:  # what it brings leaves at once
                pass
        await self._wait_for_empty(self._settings.stop_grace_seconds)
        for held in list(self._held.values()):
            await held.execution.cut()
        await self._wait_for_empty(CUT_GRACE_SECONDS)
        self.abandon_all()
        self._spawn(self._hand_back())
        await asyncio.gather(*self._side_tasks, return_exceptions=True)

    async def _wait_for_empty(self, seconds: float) -> None:
        tasks = [held.task for held in self._held.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _claim_some(self) -> bool:
        """Claim once, and give each run a slot. Returns whether there may be more to claim."""
        if self._stopping:
            self._spawn(self._hand_back())
            return False
        async with self._claiming:
            abandonments = self._abandonments
            self.claims += 1
            try:
                claimed = await self.boarding.claim(self.worker_id, self._held_runs, self._room)
                known = await self._read_journals(claimed)
                self._tools.journal.note(run.id for run in claimed)  # before awaited ones are watched, for their end
                for run in claimed if abandonments == self._abandonments else ():
                    self._start(run, *known[run.id])
            finally:
                self.claims += 1
                self.slot_freed.set()
        return bool(claimed)

    async def _hand_back(self) -> None:
        """Ring for others where a ring has come to this worker, which leaves."""
        ordinary, urgent = self.boarding.surrender()
        await self._doorbell.ring(ordinary)
        await self._doorbell.ring_urgently(urgent)

    async def _read_journals(self, claimed: list[Claimed]) -> Restored:
        """Return what is known of each run: of one that begins, what its claim has recorded."""
        begun = {
            run.id: ([run.trigger_step.as_recorded()] if run.trigger_step else [], list[WaitRow]())
            for run in claimed
            if run.is_new
        }
        return begun | await self._restorer.read([run.id for run in claimed if run.id not in begun])

    def _start(self, run: Claimed, steps: list[RecordedStep], waits: list[WaitRow]) -> None:
        graph = run.versioned.graph
        if run.is_urgent:
            self._tools.journal.watched.watch(run.id)
        if graph is None:
            end = RunEnd(run.id, RunStatus.FAILED, run.versioned.problem)
            self._tools.journal.submit(Entry(run.id, run.fence, transition=end))
            return
        execution = Execution(run, graph, self._tools)
        if self._stopping:
            execution.leave()
        task = asyncio.create_task(execution.drive(steps, waits))
        task.add_done_callback(lambda done: self._vacate(execution, done))
        self._held[run.id] = Held(execution, task)

    def _vacate(self, execution: Execution, task: asyncio.Task[Parting]) -> None:
        run_id = execution.run.id
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("execution_failed", run_id=run_id, exc_info=error)
        parting = Parting.DROPPED if task.cancelled() or error is not None else task.result()
        held = self._held.get(run_id)
        if held is not None and held.task is task:  # else it was claimed again meanwhile
            del self._held[run_id]
        self.slot_freed.set()
        self.on_parting(parting)
        if parting is Parting.PARKED:
            self.on_parked(execution.next_due_at)
        self.boarding.vacated(execution.run)
        if parting is Parting.DROPPED:
            log.info("run_dropped", run_id=run_id, fence=execution.run.fence)

    async def _read_inbox(self, run_id: str) -> None:
        try:
            asked = await self._tools.inbox.read(run_id)
        except Exception as error:  # noqa: BLE001 -- the next beat says it again
            log.warning("inbox_unread", error=repr(error))
            return
        held = self._held.get(run_id)
        if held is None:
            return
        if asked.cancelled:
            held.execution.cancel()
        held.execution.resolve(asked.resolved)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._side_tasks.add(task)
        task.add_done_callback(self._side_tasks.discard)
