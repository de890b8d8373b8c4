"""Group commit: what all runs of a worker have finished goes into one transaction, under the locks of their rows.

No timer: a flush leaves as soon as the one before is committed, with what has gathered by then.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import replace

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.db import blames_data
from app.core.ids import IdSource
from app.core.statements import Driver, transaction
from app.queue.client import Doorbell
from app.queue.jobs import end_of
from app.runs.repository.children import insert_children
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import Echo, RunEnd, end_runs
from app.runs.repository.locks import LockedRun, lock_with_family
from app.runs.states import CANCELLED, RunStatus
from worker.execution.entries import Entry, Transition, Verdict, giving_up, still_open
from worker.execution.records import insert_steps
from worker.execution.waits import close_waits, open_waits, park, release
from worker.execution.watched import Watched

MAX_ROWS = 200  # a flush: more rows make all runs in it wait longer than they save
MAX_BYTES = 1024 * 1024
MOST_UNWRITTEN_BYTES = 4 * MAX_BYTES  # in memory; what is being sent stands there several times
CLOSE_SECONDS = 5.0
RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)  # the last one repeats until the database is back

log = structlog.get_logger()


class Journal:
    """Writes entries of the runs leased by `worker_id`, in the order of each run."""

    def __init__(self, engine: AsyncEngine, doorbell: Doorbell, clock: Clock, ids: IdSource, shard: int) -> None:
        self._engine = engine
        self._doorbell = doorbell
        self._clock = clock
        self._ids = ids
        self._shard = shard
        self._queue: list[Entry] = []
        self._flushing: asyncio.Task[None] | None = None
        self._unwritten_bytes = 0  # of all entries that wait for their verdicts
        self._wrote = asyncio.Event()
        self._echoes: set[asyncio.Task[object]] = set()
        self.watched = Watched(clock)
        self.worker_id = ""

    def submit(self, entry: Entry) -> asyncio.Future[Verdict]:
        """Queue an entry. Its future gives the verdict; it raises `DBAPIError` where the database refuses the data."""
        self._queue.append(entry)
        self._unwritten_bytes += entry.size_bytes
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush_all())
        return entry.verdict

    async def has_room(self) -> None:
        """Return once little enough is unwritten: runs that produce faster than the database writes wait for it."""
        while self._unwritten_bytes > MOST_UNWRITTEN_BYTES:
            self._wrote.clear()
            await self._wrote.wait()

    def note(self, changed: Iterable[str], ended: Iterable[str] = ()) -> None:
        """Tell whoever watches one of the runs that it has changed, or ended."""
        over = self.watched.among(ended)
        subjects = [*self.watched.among([*changed, *over]), *map(end_of, over)]
        if subjects:
            self._aside(self._doorbell.note(subjects))

    async def close(self) -> None:
        """Wait until everything submitted is settled, but not for ever: what the database does not take is repeated."""
        pending = [*([self._flushing] if self._flushing else []), *self._echoes]
        if pending:
            await asyncio.wait(pending, timeout=CLOSE_SECONDS)
        self.abandon()

    def abandon(self) -> list[asyncio.Task[object]]:
        """Write nothing more, and return what ends by that: it has connections of the database to give back."""
        pending: list[asyncio.Task[object]] = [*self._echoes]
        if self._flushing is not None:
            pending.append(self._flushing)
        for task in pending:
            task.cancel()
        return pending

    async def _flush_all(self) -> None:
        while self._queue:
            batch = self._take_batch()
            await self._settle(batch)
            self._unwritten_bytes -= sum(entry.size_bytes for entry in batch)
            self._wrote.set()
        self._flushing = None

    def _take_batch(self) -> list[Entry]:
        rows, size, count = 0, 0, 0
        for entry in self._queue:
            rows += entry.rows
            size += entry.size_bytes
            if count and (rows > MAX_ROWS or size > MAX_BYTES):
                break
            count += 1
        batch, self._queue = self._queue[:count], self._queue[count:]
        return batch

    async def _settle(self, batch: list[Entry]) -> None:
        for attempt in range(1_000_000_000):
            try:
                verdicts, echo = await self._write(batch)
            except Exception as error:  # noqa: BLE001 -- whatever it was, what is done must be written in the end
                if isinstance(error, DBAPIError) and blames_data(error):
                    await self._separate(batch, error)
                    return
                log.warning("flush_repeated", error=repr(error))
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
            else:
                break
        for entry, verdict in zip(batch, verdicts, strict=True):
            if not entry.verdict.done():
                entry.verdict.set_result(verdict)
        self._say(echo)
        self.note((entry.run_id for entry in batch), echo.ended)

    async def _separate(self, batch: list[Entry], error: DBAPIError) -> None:
        """Halve a batch that the database refuses for its data, until the guilty entry stands alone."""
        if len(batch) == 1:
            if not batch[0].verdict.done():
                batch[0].verdict.set_exception(error)
            return
        middle = len(batch) // 2
        await self._settle(batch[:middle])
        await self._settle(batch[middle:])

    async def _write(self, batch: list[Entry]) -> tuple[list[Verdict], Echo]:
        async with transaction(self._engine) as driver:
            ending = [entry.run_id for entry in batch if isinstance(entry.transition, RunEnd)]
            locked = await lock_with_family(driver, ending, (entry.run_id for entry in batch))
            valid = [entry for entry in batch if self._may_write(entry, locked)]
            stale = await insert_steps(driver, [step for entry in valid for step in entry.steps])
            valid = [entry for entry in valid if entry.run_id not in stale]
            begun = still_open(valid)
            await close_waits(driver, [(entry.run_id, *wait) for entry in valid for wait in entry.closed], begun)
            await open_waits(driver, begun)
            echo, awake = await self._give_up(driver, valid, locked)
            echo.rings += await self._start_children(driver, valid, over=set(echo.ended))
        accepted = {id(entry) for entry in valid}
        return [_verdict(entry, accepted, awake) for entry in batch], echo

    def _may_write(self, entry: Entry, locked: dict[str, LockedRun]) -> bool:
        run = locked.get(entry.run_id)
        return run is not None and run.is_live and run.fence == entry.fence and run.lease_owner == self.worker_id

    async def _give_up(
        self, driver: Driver, entries: Sequence[Entry], locked: dict[str, LockedRun]
    ) -> tuple[Echo, set[str]]:
        """Carry the transitions out. Returns what to say, and the runs that wanted to park but may not."""
        parking = giving_up(entries, Transition.PARK)
        parked = await park(driver, parking)
        releasing = giving_up(entries, Transition.RELEASE)
        cancelled = [run_id for run_id in releasing if locked[run_id].cancel_requested_at is not None]
        going_on = {run_id: active_ms for run_id, active_ms in releasing.items() if run_id not in cancelled}
        await release(driver, self._clock, going_on)
        for run_id in (*parked, *going_on):  # no owner is there any more that ends could ask
            locked[run_id] = replace(locked[run_id], lease_owner=None)
        ends = [entry.transition for entry in entries if isinstance(entry.transition, RunEnd)]
        ends += [RunEnd(run_id, RunStatus.FAILED, CANCELLED) for run_id in cancelled]
        echo = Echo(rings=list(going_on))
        if ends:
            echo.add(await end_runs(driver, ends, locked, self._scribe()))
        return echo, parking.keys() - parked

    async def _start_children(self, driver: Driver, entries: Sequence[Entry], over: set[str]) -> list[str]:
        """Insert the runs that these entries start; for a run that has ended with its entry, none starts to wait for.

        Returns their ids.
        """
        children = [
            child for entry in entries for child in entry.children if not (child.is_awaited and entry.run_id in over)
        ]
        await insert_children(driver, children, self._scribe())
        return [child.run.id for child in children]

    def _scribe(self) -> Scribe:
        return Scribe(self._clock.now(), self._ids, self._shard)

    def _say(self, echo: Echo) -> None:
        if not echo.rings and not echo.notices:
            return
        self._aside(self._echo(echo))

    def _aside(self, work: Coroutine[None, None, object]) -> None:
        """Do what nobody has to wait for."""
        task = asyncio.create_task(work)
        self._echoes.add(task)
        task.add_done_callback(self._echoes.discard)

    async def _echo(self, echo: Echo) -> None:
        await self._doorbell.ring(echo.rings)
        for worker_id, run_id in echo.notices:
            await self._doorbell.tell(worker_id, run_id)


def _verdict(entry: Entry, accepted: set[int], awake: set[str]) -> Verdict:
    if id(entry) not in accepted:
        return Verdict.REFUSED
    if entry.transition is Transition.PARK and entry.run_id in awake:
        return Verdict.STILL_AWAKE
    return Verdict.RECORDED
