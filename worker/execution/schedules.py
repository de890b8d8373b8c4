"""Firing schedules: the run, the mark that this due time has fired, and the next one are a single transaction."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock, format_time
from app.core.ids import RUN, IdSource
from app.core.json import dumps
from app.core.statements import Driver, Row, Statement, transaction
from app.graph.schedule import SCHEDULED, ScheduleFields, parse
from app.models.runs import LIVE
from app.queue.client import Doorbell
from app.runs.repository.counts import Scribe
from app.runs.repository.starts import AcceptedRun, RunStart, insert_runs

BATCH = 100  # workflows a transaction, so that locks are held for milliseconds
CONTENDED_SECONDS = 0.05  # whoever changes a workflow, or fires it, holds its lock for less
STARTED_BY = "schedule"

# Whoever saves a workflow takes the same lock: a due time is fired as it was saved, or not at all.
_DUE = Statement("""
    SELECT id, org_id, version, schedule_type, schedule_value, timezone, schedule_overlap, next_run_at
    FROM workflows WHERE next_run_at <= :now AND deleted_at IS NULL
    ORDER BY next_run_at LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
""")
# Begun after the lock is held: a statement that waits for a lock does not see what was committed meanwhile.
_STILL_LIVE = Statement(f"""
    SELECT id FROM unnest(CAST(:orgs AS text[]), CAST(:ids AS text[])) AS asked(org_id, id)
    WHERE EXISTS (
        SELECT FROM runs WHERE runs.org_id = asked.org_id AND runs.workflow_id = asked.id AND {LIVE}
          AND trigger_type = '{SCHEDULED}' AND started_by = '{STARTED_BY}'
    )
""")
# A due time that has fired already comes again where somebody saved a schedule after a clock was put back.
_MARK = Statement("""
    INSERT INTO schedule_firings (workflow_id, scheduled_for, org_id, run_id, fired_at)
    SELECT workflow_id, scheduled_for, org_id, run_id, :now
    FROM unnest(CAST(:workflows AS text[]), CAST(:moments AS timestamptz[]), CAST(:orgs AS text[]),
                CAST(:runs AS text[])) AS fired(workflow_id, scheduled_for, org_id, run_id)
    ON CONFLICT DO NOTHING RETURNING run_id
""")
_PLAN = Statement("""
    UPDATE workflows SET next_run_at = planned.moment
    FROM unnest(CAST(:ids AS text[]), CAST(:moments AS timestamptz[])) AS planned(id, moment)
    WHERE workflows.id = planned.id
""")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tick:
    """A workflow that is due, and when it is due again. Of one that cannot be planned nothing starts any more."""

    workflow: Row
    missed: int
    next_run_at: datetime | None
    is_readable: bool = True

    @property
    def payload(self) -> str:
        return dumps({"scheduled_for": format_time(self.workflow.next_run_at), "missed": self.missed})


class Schedules:
    """Starts what is due, a batch of workflows a transaction; several workers share the work by row locks."""

    def __init__(self, engine: AsyncEngine, doorbell: Doorbell, clock: Clock, ids: IdSource, shard: int) -> None:
        self._engine = engine
        self._doorbell = doorbell
        self._clock = clock
        self._ids = ids
        self._shard = shard

    async def run_forever(self, wanted: asyncio.Event, look_soon: Callable[[], None]) -> None:
        """Start what is due whenever `wanted` is set, and let somebody look when the next is due."""
        while True:
            await wanted.wait()
            wanted.clear()
            try:
                if await self.fire_due():
                    look_soon()
            except Exception as error:  # noqa: BLE001 -- looking sees what is left and asks again
                log.warning("schedules_failed", error=repr(error))

    async def fire_due(self) -> int:
        """Start everything that is due. Returns how many workflows were: none is believed only after a second try."""
        fired = done = await self.fire_some()
        if not fired:
            await asyncio.sleep(CONTENDED_SECONDS)
            fired = done = await self.fire_some()
        while done == BATCH:
            done = await self.fire_some()
            fired += done
        return fired

    async def fire_some(self) -> int:
        """Start a batch of what is due, then ring. Returns how many workflows were due, those passed over included."""
        async with transaction(self._engine) as driver:
            scribe = Scribe(self._clock.now(), self._ids, self._shard)
            due = await _DUE.rows(driver, {"now": scribe.now, "batch": BATCH})
            if not due:
                return 0
            ticks = await asyncio.to_thread(_ticks, due, scribe.now)
            runs = await self._start(driver, ticks, scribe)
            await _PLAN.rows(driver, {"ids": [row.id for row in due], "moments": [tick.next_run_at for tick in ticks]})
        await self._doorbell.ring([run.id for run in runs])
        return len(due)

    async def _start(self, driver: Driver, ticks: Sequence[Tick], scribe: Scribe) -> list[AcceptedRun]:
        """Mark the due times, and start a run for each that was not marked before and is not passed over."""
        passed_over = await _still_live(driver, [tick.workflow for tick in ticks])
        runs = {
            tick.workflow.id: AcceptedRun(self._ids.new(RUN), _start_of(tick), scribe.now)
            for tick in ticks
            if tick.is_readable and tick.workflow.id not in passed_over
        }
        marked = await _MARK.column(driver, _marks(ticks, runs) | {"now": scribe.now})
        started = [run for run in runs.values() if run.id in set(marked)]
        if started:
            await insert_runs(driver, started, scribe)
        return started


def _ticks(due: Sequence[Row], now: datetime) -> list[Tick]:
    return [_tick(row, now) for row in due]


def _tick(row: Row, now: datetime) -> Tick:
    try:
        schedule = parse(ScheduleFields(row.schedule_type, row.schedule_value, row.timezone))
        if schedule is not None:
            return Tick(row, schedule.missed(row.next_run_at, now), schedule.next_after(row.next_run_at, now))
    except Exception:  # one workflow that cannot be planned must not hold up the others
        log.exception("schedule_stopped", workflow_id=row.id)
    return Tick(row, 0, None, is_readable=False)


def _start_of(tick: Tick) -> RunStart:
    row = tick.workflow
    return RunStart(row.org_id, row.id, row.version, SCHEDULED, tick.payload, STARTED_BY)


async def _still_live(driver: Driver, workflows: Sequence[Row]) -> set[str]:
    """Return those whose last scheduled run is under way, and who do not want two at once."""
    asking = [row for row in workflows if row.schedule_overlap == "skip"]
    if not asking:
        return set()
    parameters = {"orgs": [row.org_id for row in asking], "ids": [row.id for row in asking]}
    return set(await _STILL_LIVE.column(driver, parameters))


def _marks(ticks: Sequence[Tick], runs: dict[str, AcceptedRun]) -> dict[str, object]:
    workflows = [tick.workflow for tick in ticks]
    return {
        "workflows": [row.id for row in workflows],
        "moments": [row.next_run_at for row in workflows],
        "orgs": [row.org_id for row in workflows],
        "runs": [runs[row.id].id if row.id in runs else None for row in workflows],
    }
