"""Looking: one statement that asks what is due and who is silent, so that no ring is ever necessary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.models.runs import LIVE, SUSPECT
from worker.execution.lease import DEAD_AFTER_SECONDS, boot_id, pid_namespace, started_ticks

BATCH = 1000  # rows changed at a time, so that locks are held for milliseconds
LONGEST_GAP_SECONDS = 4.5  # between two looks; longer means that we could not read, which says nothing about others
LONGEST_READING_SECONDS = 1.0  # a time that was on its way for longer says nothing about now

_TIMERS = f"NOT ready AND due_at IS NOT NULL AND lease_owner IS NULL AND {LIVE}"
_LOOK = text(f"""
    SELECT clock_timestamp() AS database_now,
        (SELECT true FROM runs WHERE ready AND NOT {SUSPECT} ORDER BY org_id LIMIT 1) AS has_ready,
        (SELECT true FROM runs WHERE ready AND priority > 0 ORDER BY org_id LIMIT 1) AS has_urgent,
        (SELECT true FROM runs WHERE ready AND {SUSPECT} ORDER BY due_at LIMIT 1) AS has_suspect,
        (SELECT true FROM node_tests WHERE claimed_by IS NULL LIMIT 1) AS has_tests,
        (SELECT min(due_at) FROM runs WHERE {_TIMERS}) AS next_due_at,
        (SELECT min(deleted_at) FROM workflows WHERE deleted_at IS NOT NULL) AS deleted_at,
        (SELECT min(next_run_at) FROM workflows WHERE next_run_at IS NOT NULL AND deleted_at IS NULL)
            AS next_schedule_at,
        ARRAY(SELECT DISTINCT lease_owner FROM runs WHERE lease_owner IS NOT NULL) AS owners,
        (SELECT coalesce(json_object_agg(id, fence), '{{}}')::text FROM runs WHERE lease_owner = :worker) AS mine,
        (SELECT coalesce(json_agg(json_build_array(id, beat, boot_id, pid_ns, pid, pid_started, dead_at IS NOT NULL)),
                         '[]')::text FROM workers) AS workers
""")
_RIPEN = text(f"""
    UPDATE runs SET ready = true WHERE id IN (
        SELECT id FROM runs WHERE {_TIMERS} AND due_at <= :now ORDER BY due_at LIMIT {BATCH}
        FOR NO KEY UPDATE SKIP LOCKED
    )
""")
_DECLARE_DEAD = text("UPDATE workers SET dead_at = :now WHERE id = :id AND beat = :beat AND dead_at IS NULL")
# A step recorded under the dead owner's fence is progress; the trigger's, written by the claim itself, is not.
# Nobody measured for how long the run was active: not for longer than its steps took, whatever the wall clock did.
_TAKE_FROM_DEAD = text(f"""
    UPDATE runs SET ready = true, due_at = :now, lease_owner = NULL,
        active_ms = active_ms
            + least(done.ms, greatest(0, (extract(epoch FROM :now - claimed_at) * 1000)::bigint)),
        takeovers = CASE WHEN done.steps > 0 THEN 1 ELSE takeovers + 1 END
    FROM (
        SELECT id, fence FROM runs WHERE lease_owner = :owner ORDER BY id LIMIT {BATCH} FOR NO KEY UPDATE SKIP LOCKED
    ) AS held, LATERAL (
        SELECT count(*) AS steps, coalesce(sum(duration_ms), 0) AS ms FROM run_logs
        WHERE run_logs.run_id = held.id AND run_logs.fence = held.fence AND seq > 1
    ) AS done
    WHERE runs.id = held.id
""")
_GIVE_BACK = text("""
    UPDATE runs SET ready = true, due_at = :now, lease_owner = NULL
    FROM unnest(CAST(:ids AS text[]), CAST(:fences AS bigint[])) AS lost(id, fence)
    WHERE runs.id = lost.id AND runs.fence = lost.fence AND lease_owner = :worker
""")
_FORGET = text("""
    DELETE FROM workers WHERE id = ANY(:ids) AND dead_at IS NOT NULL
      AND NOT EXISTS (SELECT FROM runs WHERE lease_owner = workers.id)
""")


@dataclass(frozen=True, slots=True)
class Peer:
    """A worker as its row shows it."""

    id: str
    beat: int
    boot_id: str
    pid_ns: str
    pid: int
    pid_started: int
    is_dead: bool


@dataclass(frozen=True, slots=True)
class View:
    """What one look found."""

    has_ready: bool
    has_urgent: bool  # somebody waits for one of them
    has_suspect: bool
    next_due_at: datetime | None
    deleted_at: datetime | None
    owners: Sequence[str]
    mine: Mapping[str, int]  # runs leased to the worker that looked, and their fences
    workers: Sequence[Peer]
    has_tests: bool = False  # of nodes, that nobody has taken yet
    next_schedule_at: datetime | None = None  # when the next workflow starts by itself


class Observer:
    """Judges who is dead: whoever's beat has not moved for 8 s of our own readable time, or whose process is gone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._boot_id = boot_id()
        self._pid_ns = pid_namespace()
        self._silent: dict[str, tuple[int, float]] = {}
        self._looked_at: float | None = None

    def judge(self, workers: Sequence[Peer]) -> list[Peer]:
        """Return the workers that are dead and not yet declared so."""
        now = self._clock.monotonic()
        gap = min(now - self._looked_at, LONGEST_GAP_SECONDS) if self._looked_at is not None else 0.0
        self._looked_at = now
        before, self._silent = self._silent, {}
        for worker in workers:
            beat, silent = before.get(worker.id, (worker.beat, -gap))
            self._silent[worker.id] = (worker.beat, silent + gap if beat == worker.beat else 0.0)
        return [worker for worker in workers if not worker.is_dead and self._is_dead(worker)]

    def _is_dead(self, worker: Peer) -> bool:
        if self._silent[worker.id][1] >= DEAD_AFTER_SECONDS:
            return True
        is_ours = self._boot_id and worker.boot_id == self._boot_id and worker.pid_ns == self._pid_ns
        return bool(is_ours) and started_ticks(worker.pid) != worker.pid_started


class Looker:
    """The statements of looking. Each stands alone, in autocommit: a crash between two leaves nothing half done."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def look(self, worker_id: str) -> View:
        """Ask everything at once, and follow the database's clock."""
        async with self._engine.connect() as connection:
            asked_at = self._clock.boottime()
            row = (await connection.execute(_LOOK, {"worker": worker_id})).one()
        on_the_way = self._clock.boottime() - asked_at
        if on_the_way < LONGEST_READING_SECONDS:
            self._clock.follow(row.database_now + timedelta(seconds=on_the_way / 2))
        peers = [Peer(*values) for values in orjson.loads(row.workers)]
        due = (bool(row.has_ready), bool(row.has_urgent), bool(row.has_suspect))
        return View(
            *due,
            row.next_due_at,
            row.deleted_at,
            row.owners,
            orjson.loads(row.mine),
            peers,
            bool(row.has_tests),
            row.next_schedule_at,
        )

    async def ripen(self) -> int:
        """Make runs ready whose timer is due. Returns how many; a full batch means that there may be more."""
        return await self._change(_RIPEN, {"now": self._clock.now()})

    async def declare_dead(self, worker: Peer) -> bool:
        """Mark a worker dead, unless its beat has moved after all. Returns whether it is dead now."""
        parameters = {"id": worker.id, "beat": worker.beat, "now": self._clock.now()}
        return await self._change(_DECLARE_DEAD, parameters) > 0

    async def take_from_dead(self, owner: str) -> int:
        """Make a batch of a dead owner's runs ready. Returns how many."""
        return await self._change(_TAKE_FROM_DEAD, {"owner": owner, "now": self._clock.now()})

    async def give_back(self, worker_id: str, leases: Mapping[str, int]) -> None:
        """Make runs ready whose claim we never heard of: its answer was lost. Quarantine does not count this."""
        lost = {"ids": list(leases), "fences": list(leases.values())}
        await self._change(_GIVE_BACK, {"worker": worker_id, "now": self._clock.now(), **lost})

    async def forget(self, worker_ids: Sequence[str]) -> None:
        """Delete the rows of dead workers that no run names any more."""
        await self._change(_FORGET, {"ids": list(worker_ids)})

    async def _change(self, statement: TextClause, parameters: dict[str, object]) -> int:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, parameters)).rowcount
