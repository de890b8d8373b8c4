"""Accepting runs: many requests at once share one insert and one commit, under a role that can do nothing else."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.db import blames_data
from app.core.ids import RUN, IdSource
from app.models.counts import ACCEPTED
from app.queue.client import BREAKER_SECONDS, Doorbell
from app.runs.repository.counts import Scribe, add_counts

MAX_BATCH = 500  # rows of one statement; more wait for the next, a few milliseconds later

_INSERT = text("""
    INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, started_by,
                      ready, due_at, created_at)
    SELECT id, org_id, workflow_id, workflow_version, 'pending', trigger_type, payload::json, started_by,
           true, created_at, created_at
    FROM unnest(CAST(:ids AS text[]), CAST(:orgs AS text[]), CAST(:workflows AS text[]), CAST(:versions AS integer[]),
                CAST(:trigger_types AS text[]), CAST(:payloads AS text[]), CAST(:starters AS text[]),
                CAST(:moments AS timestamptz[]))
        AS started(id, org_id, workflow_id, workflow_version, trigger_type, payload, started_by, created_at)
""")


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run to accept. `payload`, JSON text, is what its trigger gets; `started_by` says who asked for it."""

    org_id: str
    workflow_id: str
    workflow_version: int
    trigger_type: str
    payload: str
    started_by: str


@dataclass(frozen=True, slots=True)
class AcceptedRun:
    """A run that is durable: its row is committed."""

    id: str
    start: RunStart
    created_at: datetime


Waiting = tuple[AcceptedRun, asyncio.Future[None]]


class RunStarter:
    """Group commit of new runs. No timer: a batch leaves as soon as the one before is committed."""

    def __init__(self, engine: AsyncEngine, doorbell: Doorbell, clock: Clock, ids: IdSource, shard: int) -> None:
        self._engine = engine
        self._doorbell = doorbell
        self._clock = clock
        self._ids = ids
        self.shard = shard
        self._waiting: list[Waiting] = []
        self._flushing: asyncio.Task[None] | None = None
        self._rings: set[asyncio.Task[None]] = set()

    async def start(self, start: RunStart) -> AcceptedRun:
        """Return once the run is committed. Raises what the database raised, for this run alone."""
        run = AcceptedRun(self._ids.new(RUN), start, self._clock.now())
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((run, done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush_all())
        await done
        return run

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._flushing is not None:
            await self._flushing
        await asyncio.gather(*self._rings)

    async def _flush_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            await self._flush(batch)
        self._flushing = None

    async def _flush(self, batch: list[Waiting]) -> None:
        try:
            await self._insert([run for run, _ in batch])
        except DBAPIError as error:
            if blames_data(error) and len(batch) > 1:
                await self._separate(batch)
            else:
                _settle_all(batch, error)
        except Exception as error:  # noqa: BLE001 -- whatever it was, each request that waits here must hear of it
            _settle_all(batch, error)
        else:
            self._ring([run.id for run, _ in batch])
            _settle_all(batch, None)

    async def _separate(self, batch: list[Waiting]) -> None:
        """Halve a batch that the database refuses for its data, until the guilty run stands alone."""
        middle = len(batch) // 2
        await self._flush(batch[:middle])
        await self._flush(batch[middle:])

    async def _insert(self, runs: Sequence[AcceptedRun]) -> None:
        scribe = Scribe(self._clock.now(), self._ids, self.shard)
        counts = Counter((run.start.org_id, run.start.workflow_id, ACCEPTED) for run in runs)
        async with self._engine.begin() as connection:
            await connection.execute(_INSERT, _columns(runs))
            await add_counts(connection, dict(sorted(counts.items())), scribe)

    def _ring(self, run_ids: list[str]) -> None:
        ring = asyncio.create_task(self._ring_twice(run_ids))
        self._rings.add(ring)
        ring.add_done_callback(self._rings.discard)

    async def _ring_twice(self, run_ids: list[str]) -> None:
        """Ring; where nobody heard it, once more when the doorbell is tried again. Then looking finds the runs."""
        if not await self._doorbell.ring(run_ids):
            await asyncio.sleep(BREAKER_SECONDS)
            await self._doorbell.ring(run_ids)


def _columns(runs: Sequence[AcceptedRun]) -> dict[str, list[object]]:
    return {
        "ids": [run.id for run in runs],
        "orgs": [run.start.org_id for run in runs],
        "workflows": [run.start.workflow_id for run in runs],
        "versions": [run.start.workflow_version for run in runs],
        "trigger_types": [run.start.trigger_type for run in runs],
        "payloads": [run.start.payload for run in runs],
        "starters": [run.start.started_by for run in runs],
        "moments": [run.created_at for run in runs],
    }


def _settle_all(batch: Sequence[Waiting], error: Exception | None) -> None:
    for _, done in batch:
        if done.done():  # the client has left; its run goes on
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
