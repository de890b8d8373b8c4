"""A run as it happens: what the journal holds, then each change as it is committed, as server-sent events.

A note by Redis only says that there is something to read: every event is read from Postgres, in order, once.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from pydantic import BaseModel

from app.core.clock import Clock
from app.core.db import Engine, is_outage
from app.queue.client import Doorbell
from app.queue.notes import Hub
from app.runs.errors import RunNotFoundError
from app.runs.repository.reads import LogRow, RunFound, RunReads
from app.runs.states import RunStatus
from app.runs.views import shown_log, shown_summary
from app.unit_of_work import unit_of_work

BEAT_SECONDS = 10.0  # a comment, so that proxies keep the connection; workers are asked again to tell of the run
LOOK_SECONDS = 5.0  # between two looks while no note comes: one may have been lost
BATCH = 200  # logs read at a time, so that a long run's do not lie in memory all at once
_BEAT = ": the run goes on\n\n"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LiveView:
    """Follows runs of one organization, with a short transaction for each look."""

    engine: Engine
    doorbell: Doorbell
    hub: Hub
    clock: Clock
    org_id: str
    token_expires_at: float | None  # seconds since 1970; a stream ends with the token that it was opened with

    async def has_news(self, run_id: str, seq: int) -> bool:
        """Say whether there is anything past `seq`, or may be in time. Raises `RunNotFoundError`."""
        async with unit_of_work(self.engine, self.doorbell, self.org_id) as work:
            found = await RunReads(work).find(run_id)
        if found is None:
            raise RunNotFoundError(run_id)
        return found.last_seq > seq or not RunStatus(found.row.status).is_terminal

    async def follow(self, run_id: str, seq: int) -> AsyncIterator[str]:
        """Give the events past `seq` until the run has ended or is gone, the token is over, or the server stops."""
        told = _Told(seq)
        beat_at = self.clock.monotonic()
        with self.hub.listening(run_id) as noted:
            while not self.hub.is_closing and self._token_seconds() > 0:
                if self.clock.monotonic() >= beat_at:
                    await self.doorbell.watch(run_id)
                    beat_at = self.clock.monotonic() + BEAT_SECONDS
                    yield _BEAT
                noted.clear()
                found, logs = await self._read(run_id, told.seq)
                for event in told.events(found, logs) if found else ():
                    yield event
                if found is None or told.is_over:
                    return
                if not told.is_behind:
                    await _pause(noted, min(LOOK_SECONDS, beat_at - self.clock.monotonic(), self._token_seconds()))

    def _token_seconds(self) -> float:
        if self.token_expires_at is None:
            return BEAT_SECONDS
        return self.token_expires_at - self.clock.now().timestamp()

    async def _read(self, run_id: str, seq: int) -> tuple[RunFound | None, Sequence[LogRow]]:
        """Return the run and its next logs; None when it is gone, or cannot be read, so that the client comes again."""
        try:
            async with unit_of_work(self.engine, self.doorbell, self.org_id) as work:
                reads = RunReads(work)
                found = await reads.find(run_id)
                logs = await reads.logs(run_id, seq, BATCH) if found and found.last_seq > seq else []
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("run_unread", run_id=run_id, error=type(error).__name__)
            return None, []
        return found, logs


class _Told:
    """What a listener has been told, and so what is news to him."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self.is_behind = True
        self._status: str | None = None

    @property
    def is_over(self) -> bool:
        return self._status is not None and RunStatus(self._status).is_terminal

    def events(self, found: RunFound, logs: Sequence[LogRow]) -> Iterator[str]:
        """Give what is news: a state that the run has reached, its logs in order, and its end last of all."""
        self.is_behind = bool(logs) and logs[-1].seq < found.last_seq
        ends = RunStatus(found.row.status).is_terminal
        if not ends:
            yield from self._status_of(found)
        for row in logs:
            self.seq = row.seq
            yield _event("log", shown_log(row), row.seq)
        if ends and not self.is_behind:
            yield from self._status_of(found)

    def _status_of(self, found: RunFound) -> Iterator[str]:
        if found.row.status != self._status:
            self._status = found.row.status
            yield _event("status", shown_summary(found.row))


def _event(name: str, data: BaseModel, seq: int | None = None) -> str:
    numbered = "" if seq is None else f"id: {seq}\n"
    return f"{numbered}event: {name}\ndata: {data.model_dump_json()}\n\n"


async def _pause(noted: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await noted.wait()
