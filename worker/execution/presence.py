"""A worker among others: its identity, its beat, and its looks at what is due and who is silent."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.ids import IdSource
from worker.execution.beat import BeatThread
from worker.execution.engine import Engine
from worker.execution.journal import Journal
from worker.execution.lease import Beat, Identity, Lease
from worker.execution.looking import BATCH, Looker, Observer, View

PACE_LEASED_SECONDS = 2.5  # between looks while any run is leased: a dead pid is noticed within this
PACE_IDLE_SECONDS = 3.5
SHORTEST_PAUSE_SECONDS = 0.05
RETRY_SECONDS = 0.5  # after the database did not answer

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Senses:
    """What a worker perceives the others with."""

    looker: Looker
    observer: Observer
    lease: Lease
    clock: Clock
    ids: IdSource


class Presence:
    """Keeps one worker registered, beating and looking. After its row is declared dead it goes on under a new id."""

    def __init__(
        self,
        database: AsyncEngine,
        open_beat_database: Callable[[], AsyncEngine],
        senses: Senses,
        engine: Engine,
        journal: Journal,
    ) -> None:
        self._database = database
        self._open_beat_database = open_beat_database
        self._senses = senses
        self._engine = engine
        self._engine.on_parked = self._parked
        self._journal = journal
        self._look_now = asyncio.Event()
        self._heard_beat = asyncio.Event()
        self._beat: BeatThread | None = None
        self._unheard: dict[tuple[str, int], int] = {}  # leases (run, fence) not held, and the engine's claims then
        self._renewing: asyncio.Task[None] | None = None
        self._leaving = asyncio.Event()
        self.deleted_workflows = asyncio.Event()
        self.due_schedules = asyncio.Event()
        self.on_tests: Callable[[], None] = lambda: None
        self.looks = 0

    async def start(self, stop: asyncio.Event) -> None:
        """Register, as soon as the database lets us, and begin to beat; give it up where `stop` is set before."""
        beat = BeatThread(self._open_beat_database, self._senses.lease, self._senses.clock, self._heard)
        if await self._register_somehow(beat, stop):
            self._beat = beat
            beat.start()
        else:
            beat.discard()

    async def stop(self) -> None:
        """Stop beating and leave: nobody has to wait for this worker."""
        self.halt()
        if self._renewing is not None:
            await asyncio.wait([self._renewing])
        if self._beat is None:
            return
        await asyncio.to_thread(self._beat.join)
        try:
            await self._beat.leave(self._database)
        except Exception as error:  # noqa: BLE001 -- others find out by themselves
            log.warning("could_not_leave", error=repr(error))

    def halt(self) -> None:
        """Stop beating without a word, and take no new id, whatever a beat says that is under way."""
        self._leaving.set()
        if self._beat is not None:
            self._beat.stop()

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """What goes on beside its loops, to be ended with them."""
        return [] if self._renewing is None else [self._renewing]

    def _parked(self, due_at: datetime | None) -> None:
        """Plan the next look anew where a run of ours is due before it."""
        if due_at is not None and (due_at - self._senses.clock.now()).total_seconds() < PACE_IDLE_SECONDS:
            self._look_now.set()

    def look_soon(self) -> None:
        """Look at once: somebody has reason to believe that rings were lost."""
        self._look_now.set()

    async def effect_gate(self) -> None:
        """Return once the lease is sure to hold for as long as an effect needs to begin."""
        while not self._senses.lease.holds():
            self._heard_beat.clear()
            if self._beat is not None:
                self._beat.beat_now()
            await self._heard_beat.wait()

    async def look_forever(self) -> None:
        """Look, sleep until the next thing is due, look again."""
        while True:
            self._look_now.clear()
            try:
                pause = await self._look()
            except Exception as error:  # noqa: BLE001 -- the database is away; nothing else to do than to come back
                log.warning("look_failed", error=repr(error))
                pause = RETRY_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await self._look_now.wait()
            except TimeoutError:
                continue

    async def _look(self) -> float:
        worker_id = self._engine.worker_id
        view = await self._senses.looker.look(worker_id)
        self.looks += 1
        await self._bury(view)
        if worker_id == self._engine.worker_id:
            await self._give_back_unheard(view, worker_id)
        now = self._senses.clock.now()
        timers_due = view.next_due_at is not None and view.next_due_at <= now
        ripened = await self._senses.looker.ripen() if timers_due else 0
        is_ready = view.has_ready or ripened > 0
        self._engine.boarding.saw_due(ready=is_ready, urgent=view.has_urgent, suspect=view.has_suspect)
        if view.has_tests:
            self.on_tests()
        if view.deleted_at is not None:
            self.deleted_workflows.set()
        if view.next_schedule_at is not None and view.next_schedule_at <= now:
            self.due_schedules.set()
        return self._pause(view, ripened)

    def _pause(self, view: View, ripened: int) -> float:
        pace = PACE_LEASED_SECONDS if view.owners else PACE_IDLE_SECONDS
        if ripened:  # the next timer may be due in a moment: this view knew only of those that have ripened
            return SHORTEST_PAUSE_SECONDS
        now = self._senses.clock.now()
        # Whoever fires schedules asks for a look when that is done; until then those that are due are not waited for.
        is_ahead = view.next_schedule_at is not None and view.next_schedule_at > now
        moments = [view.next_due_at, view.next_schedule_at if is_ahead else None]
        until_due = [(moment - now).total_seconds() for moment in moments if moment is not None]
        return min([pace, *(max(seconds, SHORTEST_PAUSE_SECONDS) for seconds in until_due)])

    async def _bury(self, view: View) -> None:
        """Declare silent workers dead, and make the runs of all dead ones ready."""
        looker = self._senses.looker
        living = {worker.id for worker in view.workers if not worker.is_dead}
        for worker in self._senses.observer.judge(view.workers):
            if worker.id != self._engine.worker_id and await looker.declare_dead(worker):
                log.warning("worker_declared_dead", worker=worker.id)
                living.discard(worker.id)
        for owner in view.owners:
            if owner in living:
                continue
            while await looker.take_from_dead(owner) == BATCH:
                pass
            self._engine.boarding.saw_due(ready=True, urgent=True, suspect=True)
        gone = [worker.id for worker in view.workers if worker.id not in living]
        if gone:
            await looker.forget(gone)

    async def _give_back_unheard(self, view: View, worker_id: str) -> None:
        """Make runs ready whose claim was committed without our hearing of it."""
        claims, held = self._engine.claims, self._engine.held_ids
        unheard = {lease: self._unheard.get(lease, claims) for lease in view.mine.items() if lease[0] not in held}
        # A claim that was under way when a lease was first seen may still bring it.
        self._unheard = {lease: since for lease, since in unheard.items() if since % 2 == 1 and since == claims}
        lost = dict(unheard.keys() - self._unheard.keys())
        if lost:
            await self._senses.looker.give_back(worker_id, lost)
            self._engine.boarding.saw_due(ready=True, urgent=True, suspect=False)

    def _heard(self, beat: Beat) -> None:
        self._heard_beat.set()
        if not beat.alive and self._renewing is None and self._beat is not None:
            log.warning("lease_lost", worker=self._engine.worker_id)
            self._engine.abandon_all()
            self._renewing = asyncio.create_task(self._renew(self._beat))
        for run_id in beat.cancelled:
            self._engine.cancel(run_id)
        for run_id in beat.resolved:
            self._engine.notice(run_id)

    async def _renew(self, beat: BeatThread) -> None:
        """Go on under a new id."""
        await self._register_somehow(beat, self._leaving)
        self._renewing = None
        self._look_now.set()

    async def _register_somehow(self, beat: BeatThread, stop: asyncio.Event) -> bool:
        """Register, however often the database is away; an id of which we never heard that it is there just dies.

        Returns False where `stop` was set first.
        """
        while not stop.is_set():
            try:
                await self._register(beat)
            except Exception as error:  # noqa: BLE001 -- the database is away; without a row nothing can be claimed
                log.warning("register_failed", error=repr(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
            else:
                return True
        return False

    async def _register(self, beat: BeatThread) -> None:
        identity = Identity.of_this_process(self._senses.ids)
        await beat.register(self._database, identity)
        self._journal.worker_id = identity.worker_id
        self._engine.worker_id = identity.worker_id
        log.info("worker_registered", worker=identity.worker_id)
