"""Retention: what is past its age goes, whole months at once where it can, and the counters stay true."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import Clock
from app.core.ids import RUN, IdSource
from app.models.partitions import ensure_partitions
from tests.worker.world import World, chain, text
from worker.execution.retention import BATCH, Retention

DAYS = 90
TODAY = datetime(2026, 6, 15, 12, tzinfo=UTC)


class FixedClock(Clock):
    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


@pytest.fixture
async def retention(world: World) -> Retention:
    """Return retention as of `TODAY`, in a database with partitions from January to September."""
    for month in (2, 5, 6):
        await ensure_partitions(world.database, datetime(2026, month, 1, tzinfo=UTC))
    return Retention(world.database, FixedClock(TODAY), DAYS, shard=3)


async def add_runs(world: World, moment: datetime, *statuses: str) -> list[str]:
    """Insert runs accepted at `moment` and ended an hour later, with a log each, and count them."""
    workflow = await world.add_workflow(*chain(text("a", "x")))
    ids = IdSource(FixedClock(moment))
    runs = [ids.new(RUN) for _ in statuses]
    ended_at = moment + timedelta(hours=1)
    for run, status in zip(runs, statuses, strict=True):
        values = {"id": run, "workflow": workflow, "status": status, "at": moment, "end": ended_at}
        await world.execute(_RUN, **values)
        await world.execute(_LOG, id=run, workflow=workflow, at=moment)
        await world.execute(_COUNT, workflow=workflow, status="accepted", day=moment.date())
        if status in {"completed", "failed"}:
            await world.execute(_COUNT, workflow=workflow, status=status, day=ended_at.date())
    return runs


_RUN = """
    INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, ready,
                      created_at, completed_at)
    VALUES (:id, 'org-a', :workflow, 1, :status, 'manual', '{}', false, :at,
            CASE WHEN :status IN ('completed', 'failed') THEN CAST(:end AS timestamptz) END)
"""
_LOG = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    VALUES (:id, '', 't', 1, 'fl_log_' || :id, 'org-a', :workflow, 1, 'manual_trigger', 'success', '{}', 'default', 1,
            :at, 0, :at)
"""
_COUNT = """
    INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
    VALUES ('org-a', :workflow, :status, :day, 0, 1)
    ON CONFLICT (workflow_id, status, day, shard) DO UPDATE SET count = workflow_counts.count + 1
"""
_TRUTH = """
    WITH truth AS (
        SELECT workflow_id, 'accepted' AS status, (created_at AT TIME ZONE 'UTC')::date AS day, count(*) FROM runs
        GROUP BY 1, 2, 3
        UNION ALL
        SELECT workflow_id, status, (completed_at AT TIME ZONE 'UTC')::date, count(*) FROM runs
        WHERE completed_at IS NOT NULL GROUP BY 1, 2, 3
    ), counted AS (
        SELECT workflow_id, status, day, sum(count) AS count FROM workflow_counts
        GROUP BY 1, 2, 3 HAVING sum(count) <> 0
    )
    SELECT * FROM truth FULL JOIN counted USING (workflow_id, status, day)
    WHERE truth.count IS DISTINCT FROM counted.count
"""


async def left(world: World) -> set[str]:
    """Return the runs that are left; their logs are, and the counters say the same."""
    runs = {row.id for row in await world.rows("SELECT id FROM runs")}
    assert {row.run_id for row in await world.rows("SELECT run_id FROM run_logs")} == runs
    assert list(await world.rows(_TRUTH)) == []
    return runs


async def partitions(world: World) -> Sequence[str]:
    rows = await world.rows(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid"
        " WHERE inhparent IN ('runs'::regclass, 'run_logs'::regclass) AND relkind = 'r' ORDER BY relname"
    )
    return [row.relname for row in rows]


async def test_a_month_that_is_over_goes_at_once(world: World, retention: Retention) -> None:
    await add_runs(world, datetime(2026, 1, 31, 23, 30, tzinfo=UTC), "completed", "failed", "completed")
    young = await add_runs(world, TODAY - timedelta(days=1), "completed", "running")
    before = await partitions(world)
    await retention.run_once()
    assert await left(world) == set(young)
    assert set(before) - set(await partitions(world)) == {
        "run_logs_2026_01",
        "run_logs_2026_02",
        "runs_2026_01",
        "runs_2026_02",
    }


async def test_a_month_with_a_live_run_stays_and_its_ended_runs_go(world: World, retention: Retention) -> None:
    old = await add_runs(world, datetime(2026, 1, 10, tzinfo=UTC), "completed", "awaiting_ui_interaction", "failed")
    await retention.run_once()
    assert await left(world) == {old[1]}
    assert "runs_2026_01" in await partitions(world)


async def test_of_the_month_of_the_limit_only_what_is_older_goes(world: World, retention: Retention) -> None:
    limit = TODAY - timedelta(days=DAYS)
    await add_runs(world, limit - timedelta(milliseconds=1), "completed")
    younger = await add_runs(world, limit, "completed")
    await retention.run_once()
    assert await left(world) == set(younger)


async def test_more_than_a_batch_goes(world: World, retention: Retention) -> None:
    [old] = await add_runs(world, TODAY - timedelta(days=DAYS + 1), "completed")
    await world.execute(_MORE_RUNS, id=old, more=2 * BATCH)
    await world.execute(_MORE_LOGS, id=old, more=2 * BATCH)
    await world.execute("UPDATE workflow_counts SET count = count + :more", more=2 * BATCH)
    assert len(await left(world)) == 2 * BATCH + 1
    await retention.run_once()
    assert await left(world) == set()


_MORE_RUNS = """
    INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, ready,
                      created_at, completed_at)
    SELECT id || number, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, ready,
           created_at, completed_at
    FROM runs, generate_series(1, :more) AS number WHERE id = :id
"""
_MORE_LOGS = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          fence, started_at, duration_ms, created_at)
    SELECT run_id || number, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
           fence, started_at, duration_ms, created_at
    FROM run_logs, generate_series(1, :more) AS number WHERE run_id = :id
"""


async def test_doing_it_again_changes_nothing(world: World, retention: Retention) -> None:
    young = await add_runs(world, TODAY - timedelta(days=1), "completed", "failed")
    for _ in range(2):
        await retention.run_once()
    assert await left(world) == set(young)


async def test_a_month_that_somebody_reads_is_left_for_the_next_time(world: World, retention: Retention) -> None:
    """The drop gives up after moments, so that claims never queue behind it; nothing is half done."""
    old = await add_runs(world, datetime(2026, 1, 10, tzinfo=UTC), "completed")
    async with world.database.connect() as reader:
        await reader.execute(*world.statement("SELECT count(*) FROM runs"))
        with pytest.raises(Exception, match="lock timeout"):
            await retention.run_once()
        assert await left(world) == set(old)
        await reader.rollback()
    await retention.run_once()
    assert await left(world) == set()
