"""The beat: raises this worker's counter from a thread of its own, so that a busy event loop does not look dead.

A loop that has been silent for 5 s is not merely busy: then the beat stops, and others take the runs over.
"""

import asyncio
import threading
from collections.abc import Callable

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from worker.execution.lease import BEAT_SECONDS, Beat, Identity, Lease

LOOP_SILENT_SECONDS = 5.0
RETRY_SECONDS = 0.5

log = structlog.get_logger()

_REGISTER = text("""
    INSERT INTO workers (id, beat, boot_id, pid_ns, pid, pid_started, started_at)
    VALUES (:worker_id, 0, :boot_id, :pid_ns, :pid, :pid_started, :now)
""")
_BEAT = text("""
    UPDATE workers SET beat = beat + 1 WHERE id = :worker AND dead_at IS NULL
    RETURNING
        (SELECT coalesce(array_agg(id), '{}') FROM runs
         WHERE lease_owner = :worker AND cancel_requested_at IS NOT NULL) AS cancelled,
        (SELECT coalesce(array_agg(DISTINCT run_waits.run_id), '{}') FROM runs
         JOIN run_waits ON run_waits.run_id = runs.id
         WHERE lease_owner = :worker AND resolved_at IS NOT NULL) AS resolved
""")
_LEAVE = text("UPDATE workers SET dead_at = :now WHERE id = :worker AND dead_at IS NULL")


class BeatThread(threading.Thread):
    """Beats until stopped. `heard` is called in the worker's event loop with what each beat found."""

    def __init__(
        self, open_engine: Callable[[], AsyncEngine], lease: Lease, clock: Clock, heard: Callable[[Beat], None]
    ) -> None:
        super().__init__(name="beat", daemon=True)
        self._open_engine = open_engine
        self._lease = lease
        self._clock = clock
        self._heard = heard
        self._owner = asyncio.get_running_loop()
        self._owner_seen = clock.monotonic()
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._worker_id = ""
        self._stopping = False

    async def register(self, engine: AsyncEngine, identity: Identity) -> None:
        """Insert the worker's row; from now on the beats are for it."""
        parameters = {name: getattr(identity, name) for name in Identity.__slots__} | {"now": self._clock.now()}
        sent_at = self._clock.boottime()
        async with engine.begin() as connection:
            await connection.execute(_REGISTER, parameters)
        self._lease.renewed(sent_at)
        self._worker_id = identity.worker_id

    async def leave(self, engine: AsyncEngine) -> None:
        """Say that this worker is gone for good."""
        async with engine.begin() as connection:
            await connection.execute(_LEAVE, {"worker": self._worker_id, "now": self._clock.now()})

    def discard(self) -> None:
        """Let go of what was never started."""
        self._loop.close()

    def beat_now(self) -> None:
        """Ask for a beat at once, from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def stop(self) -> None:
        self._stopping = True
        self.beat_now()

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._beat_until_stopped())
        self._loop.close()

    async def _beat_until_stopped(self) -> None:
        engine = self._open_engine()
        while not self._stopping:
            self._wake.clear()  # before the beat: whoever wakes us while it is under way must not be slept through
            self._owner.call_soon_threadsafe(self._owner_is_awake)
            silent = self._clock.monotonic() - self._owner_seen
            beaten = silent < LOOP_SILENT_SECONDS and await self._beat(engine)
            try:
                async with asyncio.timeout(BEAT_SECONDS if beaten else RETRY_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue
        await engine.dispose()

    async def _beat(self, engine: AsyncEngine) -> bool:
        worker_id, sent_at = self._worker_id, self._clock.boottime()
        try:
            async with asyncio.timeout(BEAT_SECONDS), engine.connect() as connection:
                row = (await connection.execute(_BEAT, {"worker": worker_id})).one_or_none()
        except Exception as error:  # noqa: BLE001 -- without beats the worker is dead, so none may be the last
            log.warning("beat_failed", error=repr(error))
            return False
        if worker_id != self._worker_id:  # the worker took a new id while this beat was under way
            return False
        if row is None:
            self._lease.lost()
            found = Beat(alive=False)
        else:
            self._lease.renewed(sent_at)
            found = Beat(alive=True, cancelled=tuple(row.cancelled), resolved=tuple(row.resolved))
        self._owner.call_soon_threadsafe(self._heard, found)
        return True

    def _owner_is_awake(self) -> None:
        self._owner_seen = self._clock.monotonic()
