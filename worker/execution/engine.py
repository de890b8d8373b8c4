"""The engine of one worker: slots, and the loops that fill them. Redis may hurry it; it never depends on Redis."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.core.config import WorkerSettings
from app.runs.repository.ends import RunEnd
from app.runs.states import RunStatus
from worker.execution.claim import Capacity, Claimed, Claimer
from worker.execution.executor import Execution, Parting
from worker.execution.flight import Tools
from worker.execution.journal import Entry
from worker.execution.restoring import Restored, Restorer
from worker.execution.steps import RecordedStep, WaitRow

log = structlog.get_logger()

RETRY_SECONDS = 0.5  # after the database did not answer
CUT_GRACE_SECONDS = 5.0  # for releasing what had to be cut, and for a claim that is under way at a stop
CONTENDED_SECONDS = 0.05  # another worker's claim holds its locks for less


@dataclass(frozen=True, slots=True)
class Held:
    """A run in a slot."""

    execution: Execution
    task: asyncio.Task[Parting]


class Engine:
    """Holds at most `slots` runs, of one organization at most half as many, and drives each of them."""

    def __init__(self, settings: WorkerSettings, claimer: Claimer, restorer: Restorer, tools: Tools) -> None:
        self._settings = settings
        self._claimer = claimer
        self._restorer = restorer
        self._tools = tools
        self._held: dict[str, Held] = {}
        self._hints: dict[str, None] = {}
        self._wanted = asyncio.Event()
        self._backlog = False
        self._suspect_waits = False
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
        return max(0, self._room - len(self._hints))

    @property
    def _room(self) -> int:
        """Return how many runs may be claimed now: none while the contexts of those held fill the memory."""
        if (
            self._stopping
            or sum(held.execution.context_bytes for held in self._held.values()) > self._settings.context_bytes
        ):
            return 0
        return self._settings.slots - len(self._held)

    @property
    def held_ids(self) -> set[str]:
        return set(self._held)

    def rung(self, run_id: str) -> None:
        """Take a ring: a run may be due."""
        self._hints[run_id] = None
        self._wanted.set()

    def saw_due(self, *, ready: bool, suspect: bool) -> None:
        """Take what looking found: runs are due, ordinary or suspected of killing their workers."""
        self._backlog = self._backlog or ready
        self._suspect_waits = suspect
        if ready or suspect:
            self._wanted.set()

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
            await self._wanted.wait()
            self._wanted.clear()
            try:
                while await self._claim_some():
                    pass
            except Exception as error:  # noqa: BLE001 -- the database is away; looking repairs what was lost
                log.warning("claim_failed", error=repr(error))
                self._backlog = True
                await asyncio.sleep(RETRY_SECONDS)
                self._wanted.set()

    async def stop(self) -> None:
        """Release what has no attempt in flight at once, the rest as its attempts end, and finally all."""
        self._stopping = True
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
        await asyncio.gather(*self._side_tasks, return_exceptions=True)

    async def _wait_for_empty(self, seconds: float) -> None:
        tasks = [held.task for held in self._held.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def _claim_some(self) -> bool:
        """Claim once, and give each run a slot. Returns whether there may be more to claim."""
        async with self._claiming:
            free = self._room
            if free <= 0 or not (self._hints or self._backlog or self._suspect_waits):
                return False
            abandonments = self._abandonments
            self.claims += 1
            try:
                claimed = await self._claim(self.worker_id, free)
                known = await self._read_journals(claimed)
                for run in claimed if abandonments == self._abandonments else ():
                    self._start(run, *known[run.id])
            finally:
                self.claims += 1
                self.slot_freed.set()
        return bool(claimed)

    async def _claim(self, worker_id: str, free: int) -> list[Claimed]:
        if self._suspect_waits and not any(held.execution.run.is_suspect for held in self._held.values()):
            self._suspect_waits = False
            if suspects := await self._claimer.claim_suspect(worker_id):
                return suspects
        cap = self._settings.slots // 2
        hints, self._hints = list(self._hints), {}
        if not hints and not self._backlog:
            return []
        if not self._backlog and len(self._held) + len(hints) <= cap:
            return await self._claimer.claim_hinted(worker_id, hints)
        return await self._claim_in_rounds(worker_id, free, cap)

    async def _claim_in_rounds(self, worker_id: str, free: int, cap: int) -> list[Claimed]:
        """Claim what is due, and remember whether more may be. Nothing is believed only after a second try."""
        held = Counter(held.execution.run.org_id for held in self._held.values())
        is_capped = any(count >= cap for count in held.values())
        self._backlog = True  # also when the claim fails
        claimed = await self._claimer.claim_in_rounds(worker_id, Capacity(free, cap, held))
        if not claimed and not is_capped:  # perhaps what is due first was locked by another worker's claim
            with suppress(TimeoutError):
                async with asyncio.timeout(CONTENDED_SECONDS):
                    await self._wanted.wait()
            claimed = await self._claimer.claim_in_rounds(worker_id, Capacity(free, cap, held))
        self._backlog = bool(claimed) or is_capped
        return claimed

    async def _read_journals(self, claimed: list[Claimed]) -> Restored:
        """Return what is known of each run: of one that begins, the trigger's step, which its claim has recorded."""
        begun = {run.id: ([run.trigger_step.as_recorded()], list[WaitRow]()) for run in claimed if run.trigger_step}
        return begun | await self._restorer.read([run.id for run in claimed if run.id not in begun])

    def _start(self, run: Claimed, steps: list[RecordedStep], waits: list[WaitRow]) -> None:
        graph = run.versioned.graph
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
            log.error("execution_failed", run_id=run_id, error=repr(error))
        parting = Parting.DROPPED if task.cancelled() or error is not None else task.result()
        held = self._held.get(run_id)
        if held is not None and held.task is task:  # else it was claimed again meanwhile
            del self._held[run_id]
        self.slot_freed.set()
        self.on_parting(parting)
        if parting is Parting.PARKED:
            self.on_parked(execution.next_due_at)
        self._suspect_waits = self._suspect_waits or execution.run.is_suspect
        if self._backlog or self._suspect_waits or self._hints:
            self._wanted.set()
        if parting is Parting.DROPPED:
            log.info("run_dropped", run_id=run_id, fence=execution.run.fence)

    async def _read_inbox(self, run_id: str) -> None:
        try:
            asked = await self._tools.inbox(run_id)
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
