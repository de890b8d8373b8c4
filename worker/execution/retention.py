"""Retention: terminal runs past their age go, a whole partition at once where nothing in it is live or younger."""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.clock import Clock
from app.core.ids import RUN, lower_bound
from app.models.counts import ACCEPTED, of_removed
from app.models.runs import LIVE
from worker.execution.folding import fold_counters

BATCH = 1000  # runs a transaction, so that locks are held for milliseconds
PAUSE_SECONDS = 0.05  # between batches: retention is in no hurry, others are
PERIOD_SECONDS = 24 * 3600.0
RETRY_SECONDS = 60.0
LOCK_KEY = 0x72657461696E  # "retain" in hexadecimal: one worker at a time

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
_PARTITIONS = text("""
    SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = 'public.runs'::regclass ORDER BY child.relname
""")
_HAS_LIVE = text(f"SELECT EXISTS (SELECT FROM runs WHERE id >= :lower AND id < :upper AND {LIVE})")
_ENDED = """
    SELECT org_id, workflow_id, status, (created_at AT TIME ZONE 'UTC')::date AS created_on,
           (completed_at AT TIME ZONE 'UTC')::date AS completed_on, count(*) AS runs
"""
_COUNT_PARTITION = text(f"{_ENDED} FROM runs WHERE id >= :lower AND id < :upper GROUP BY 1, 2, 3, 4, 5")
_DROP = text("SELECT virga_drop_partition(:parent, :part)")
_OLD = text(f"""
    SELECT id FROM runs WHERE id < :upper AND NOT {LIVE} ORDER BY id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
""")
_COUNT_RUNS = text(f"{_ENDED} FROM runs WHERE id = ANY(:ids) GROUP BY 1, 2, 3, 4, 5")
_DELETE = (
    text("DELETE FROM run_logs WHERE run_id = ANY(:ids)"),
    text("DELETE FROM runs WHERE id = ANY(:ids)"),
)
_MOVE = text("""
    INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
    SELECT org_id, workflow_id, status, day, :shard, count
    FROM unnest(CAST(:orgs AS text[]), CAST(:workflows AS text[]), CAST(:statuses AS text[]), CAST(:days AS date[]),
                CAST(:counts AS bigint[])) AS gone(org_id, workflow_id, status, day, count)
    ORDER BY workflow_id, status, day
    ON CONFLICT (workflow_id, status, day, shard) DO UPDATE SET count = workflow_counts.count + excluded.count
""")

log = structlog.get_logger()


class Retention:
    """Deletes what is older than `days`, counted from a run's creation, and counts it as removed from then on."""

    def __init__(self, engine: AsyncEngine, clock: Clock, days: int, shard: int) -> None:
        self._engine = engine
        self._clock = clock
        self._age = timedelta(days=days)
        self._shard = shard

    async def run_forever(self) -> None:
        """Work once a day; what cannot be done now is done later."""
        while True:
            try:
                await self.run_once()
                pause = PERIOD_SECONDS
            except Exception as error:  # noqa: BLE001 -- the database is away, or busy: there is time
                log.warning("retention_failed", error=repr(error))
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)

    async def run_once(self) -> None:
        """Drop whole partitions, delete what is left in batches, and put the counters of days long past together."""
        cutoff = self._clock.now() - self._age
        for part in await self._partitions():
            if _month_after(part) <= cutoff:
                await self._drop(part)
        deleted = BATCH
        while deleted == BATCH:
            deleted = await self._delete_batch(lower_bound(RUN, cutoff))
            await asyncio.sleep(PAUSE_SECONDS)
        place: str | None = ""
        while place is not None:
            place = await self._fold_batch(place)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _partitions(self) -> list[str]:
        async with self._engine.connect() as connection:
            return list((await connection.execute(_PARTITIONS)).scalars())

    async def _drop(self, part: str) -> None:
        """Drop a month of runs and of their logs, unless a run in it is live."""
        bounds = {"lower": lower_bound(RUN, _month_of(part)), "upper": lower_bound(RUN, _month_after(part))}
        async with self._engine.begin() as connection:
            locked = await connection.scalar(_TRY_LOCK, {"key": LOCK_KEY})
            if not locked or await connection.scalar(_HAS_LIVE, bounds):
                return
            await self._move_counts(connection, _COUNT_PARTITION, bounds)
            await connection.execute(_DROP, {"parent": "runs", "part": part})
            await connection.execute(_DROP, {"parent": "run_logs", "part": part.replace("runs", "run_logs")})
        log.info("partition_dropped", part=part)

    async def _delete_batch(self, upper: str) -> int:
        async with self._engine.begin() as connection:
            if not await connection.scalar(_TRY_LOCK, {"key": LOCK_KEY}):
                return 0
            ids = list((await connection.execute(_OLD, {"upper": upper})).scalars())
            if ids:
                await self._move_counts(connection, _COUNT_RUNS, {"ids": ids})
            for statement in _DELETE if ids else ():
                await connection.execute(statement, {"ids": ids})
        return len(ids)

    async def _fold_batch(self, after: str) -> str | None:
        async with self._engine.begin() as connection:
            if not await connection.scalar(_TRY_LOCK, {"key": LOCK_KEY}):
                return None
            return await fold_counters(connection, self._clock.now().date(), after)

    async def _move_counts(
        self, connection: AsyncConnection, counting: TextClause, parameters: Mapping[str, object]
    ) -> None:
        gone: Counter[tuple[str, str, str, date]] = Counter()
        for row in await connection.execute(counting, parameters):
            for status, day in ((ACCEPTED, row.created_on), (row.status, row.completed_on)):
                gone[row.org_id, row.workflow_id, status, day] -= row.runs
                gone[row.org_id, row.workflow_id, of_removed(status), day] += row.runs
        if not gone:
            return
        orgs, workflows, statuses, days = zip(*gone, strict=True)
        columns = {"orgs": orgs, "workflows": workflows, "statuses": statuses, "days": days, "counts": gone.values()}
        await connection.execute(_MOVE, {k: list(v) for k, v in columns.items()} | {"shard": self._shard})


def _month_of(part: str) -> datetime:
    year, month = re.findall(r"\d+", part)
    return datetime(int(year), int(month), 1, tzinfo=UTC)


def _month_after(part: str) -> datetime:
    first = _month_of(part)
    return datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=UTC)
