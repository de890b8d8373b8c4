"""Accepting runs: many requests at once share one insert and one commit, under a role that can do nothing else."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.db import blames_data
from app.core.ids import RUN, IdSource
from app.core.statements import Driver, Statement, autocommitted
from app.models.counts import ACCEPTED
from app.queue.client import BREAKER_SECONDS, Doorbell
from app.runs.repository.counts import ADD, IN_ORDER, Scribe
from app.unit_of_work import UnitOfWork

MAX_BATCH = 500  # rows of one statement; more wait for the next, a few milliseconds later

_INSERT = Statement(f"""
    WITH started AS (
        SELECT * FROM unnest(
            CAST(:ids AS text[]), CAST(:orgs AS text[]), CAST(:workflows AS text[]), CAST(:versions AS integer[]),
            CAST(:trigger_types AS text[]), CAST(:payloads AS text[]), CAST(:starters AS text[]),
            CAST(:priorities AS smallint[]), CAST(:origins AS text[]), CAST(:nodes AS text[]),
            CAST(:moments AS timestamptz[])
        ) AS run(id, org_id, workflow_id, workflow_version, trigger_type, payload, started_by,
                 priority, origin_run_id, resumed_node_id, created_at)
    ), inserted AS (
        INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, started_by,
                          priority, origin_run_id, resumed_node_id, ready, due_at, created_at)
        SELECT id, org_id, workflow_id, workflow_version, 'pending', trigger_type, payload::json, started_by,
               priority, origin_run_id, resumed_node_id, true, created_at, created_at
        FROM started
    )
    {ADD} SELECT org_id, workflow_id, '{ACCEPTED}' AS status, CAST(:day AS date), CAST(:shard AS smallint), count(*)
    FROM started GROUP BY org_id, workflow_id {IN_ORDER}
""")  # noqa: S608 -- made of constants


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run to accept. `payload`, JSON text, is what its trigger gets; `started_by` says who asked for it.

    A `priority` over 0 is for runs that somebody waits for: workers keep slots for them. A run that repeats another
    names it (`origin_run_id`), and the node behind which it goes on, if it does (`resumed_node_id`).
    """

    org_id: str
    workflow_id: str
    workflow_version: int
    trigger_type: str
    payload: str
    started_by: str
    priority: int = 0
    origin_run_id: str | None = None
    resumed_node_id: str | None = None


@dataclass(frozen=True, slots=True)
class AcceptedRun:
    """A run that is durable: its row is committed."""

    id: str
    start: RunStart
    created_at: datetime


async def insert_runs(driver: Driver, runs: Sequence[AcceptedRun], scribe: Scribe) -> None:
    """Insert runs and count them, in one statement. Whoever commits rings for them afterwards."""
    await _INSERT.rows(driver, {**_columns(runs), "day": scribe.now.date(), "shard": scribe.shard})


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

    async def start(self, start: RunStart, run_id: str | None = None) -> AcceptedRun:
        """Return once the run is committed, under a given id or a new one.

        Raises what the database raised, for this run alone.
        """
        run = AcceptedRun(run_id or self._ids.new(RUN), start, self._clock.now())
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((run, done))
        if self._flushing is None:
            self._flushing = asyncio.create_task(self._flush_all())
        await done
        return run

    async def start_within(self, work: UnitOfWork, start: RunStart) -> AcceptedRun:
        """Accept a run in a transaction that does something else too; durable, and rung for, with its commit."""
        run = AcceptedRun(self._ids.new(RUN), start, self._clock.now())
        scribe = Scribe(run.created_at, self._ids, self.shard)
        await insert_runs(await work.driver(), [run], scribe)
        work.ring(run.id)
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
            self._ring([run for run, _ in batch])
            _settle_all(batch, None)

    async def _separate(self, batch: list[Waiting]) -> None:
        """Halve a batch that the database refuses for its data, until the guilty run stands alone."""
        middle = len(batch) // 2
        await self._flush(batch[:middle])
        await self._flush(batch[middle:])

    async def _insert(self, runs: Sequence[AcceptedRun]) -> None:
        scribe = Scribe(self._clock.now(), self._ids, self.shard)
        async with autocommitted(self._engine) as driver:
            await insert_runs(driver, runs, scribe)

    def _ring(self, runs: Sequence[AcceptedRun]) -> None:
        ring = asyncio.create_task(self._ring_twice(runs))
        self._rings.add(ring)
        ring.add_done_callback(self._rings.discard)

    async def _ring_twice(self, runs: Sequence[AcceptedRun]) -> None:
        """Ring; where nobody heard it, once more when the doorbell is tried again. Then looking finds the runs."""
        urgent = [run.id for run in runs if run.start.priority > 0]
        others = [run.id for run in runs if run.start.priority <= 0]
        if not (await self._doorbell.ring_urgently(urgent) and await self._doorbell.ring(others)):
            await asyncio.sleep(BREAKER_SECONDS)
            await self._doorbell.ring_urgently(urgent)
            await self._doorbell.ring(others)


def _columns(runs: Sequence[AcceptedRun]) -> dict[str, list[object]]:
    return {
        "ids": [run.id for run in runs],
        "orgs": [run.start.org_id for run in runs],
        "workflows": [run.start.workflow_id for run in runs],
        "versions": [run.start.workflow_version for run in runs],
        "trigger_types": [run.start.trigger_type for run in runs],
        "payloads": [run.start.payload for run in runs],
        "starters": [run.start.started_by for run in runs],
        "priorities": [run.start.priority for run in runs],
        "origins": [run.start.origin_run_id for run in runs],
        "nodes": [run.start.resumed_node_id for run in runs],
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
