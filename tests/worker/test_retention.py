"""Retention: what is past its age goes, whole months at once where it can, and the counters stay true."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.clock import Clock
from app.core.ids import RUN, IdSource
from app.models.partitions import ensure_partitions
from tests.worker.world import World, chain, text
from worker.execution import folding
from worker.execution.folding import DAYS_APART
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


async def add_runs(world: World, moment: datetime, *statuses: str, workflow: str | None = None) -> list[str]:
    """Insert runs accepted at `moment` and ended an hour later, with a log each, and count them."""
    if workflow is None or not await world.rows("SELECT id FROM workflows WHERE id = :id", id=workflow):
        workflow = await world.add_workflow(*chain(text("a", "x")), workflow_id=workflow)
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
# A run counts on its own day, or where that is too long ago to be told apart, on the one that stands for all such days.
_TRUTH = """
    WITH ends AS (
        SELECT workflow_id, 'accepted' AS status, created_at AS at FROM runs
        UNION ALL
        SELECT workflow_id, status, completed_at FROM runs WHERE completed_at IS NOT NULL
    ), truth AS (
        SELECT workflow_id, status, count(*),
               CASE WHEN at < :known THEN DATE '1970-01-01' ELSE (at AT TIME ZONE 'UTC')::date END AS day
        FROM ends GROUP BY workflow_id, status, day
    ), counted AS (
        SELECT workflow_id, status, day, sum(count) AS count FROM workflow_counts
        WHERE status IN ('accepted', 'completed', 'failed')
        GROUP BY 1, 2, 3 HAVING sum(count) <> 0
    )
    SELECT * FROM truth FULL JOIN counted USING (workflow_id, status, day)
    WHERE truth.count IS DISTINCT FROM counted.count
"""


async def left(world: World) -> set[str]:
    """Return the runs that are left; their logs are, and the counters say the same."""
    runs = {row.id for row in await world.rows("SELECT id FROM runs")}
    assert {row.run_id for row in await world.rows("SELECT run_id FROM run_logs")} == runs
    assert list(await world.rows(_TRUTH, known=TODAY.replace(hour=0) - timedelta(days=DAYS_APART))) == []
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
        assert {row.id for row in await world.rows("SELECT id FROM runs")} == set(old)
        await reader.rollback()
    await retention.run_once()
    assert await left(world) == set()


async def test_what_has_gone_is_counted_as_removed(world: World, retention: Retention) -> None:
    await add_runs(world, datetime(2026, 1, 31, tzinfo=UTC), "completed", "failed", "completed")
    await add_runs(world, TODAY - timedelta(days=DAYS + 1), "completed", "running")
    await retention.run_once()
    assert await counts(world, "removed_%") == {
        "removed_accepted": 4,
        "removed_completed": 3,
        "removed_failed": 1,
    }


async def test_counters_of_days_long_past_become_one(world: World, retention: Retention) -> None:
    first_apart = TODAY - timedelta(days=DAYS_APART)
    for days in (0, 1, 2, 30):
        await add_runs(world, first_apart - timedelta(days=days), "completed", workflow="fl_w")
    await retention.run_once()
    rows = await world.rows("SELECT day, count FROM workflow_counts WHERE status = 'accepted' ORDER BY day")
    assert [tuple(row) for row in rows] == [(date(1970, 1, 1), 3), (first_apart.date(), 1)]


async def test_what_was_folded_is_still_taken_out(world: World, retention: Retention) -> None:
    await add_runs(world, TODAY - timedelta(days=DAYS - 1), "completed", "failed", workflow="fl_w")
    await retention.run_once()
    assert await counts(world, "accepted") == {"accepted": 2}
    later = Retention(world.database, FixedClock(TODAY + timedelta(days=2)), DAYS, shard=3)
    await later.run_once()
    assert await counts(world, "%") == {
        "accepted": 0,
        "completed": 0,
        "failed": 0,
        "removed_accepted": 2,
        "removed_completed": 1,
        "removed_failed": 1,
    }
    assert len(await world.rows("SELECT day FROM workflow_counts")) == 6


async def test_folding_goes_through_all_workflows(
    world: World, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "BATCH", 2)
    for _ in range(5):
        await add_runs(world, TODAY - timedelta(days=50), "completed")
    await retention.run_once()
    days = {row.day for row in await world.rows("SELECT day FROM workflow_counts")}
    assert (days, await counts(world, "accepted")) == ({date(1970, 1, 1)}, {"accepted": 5})


async def test_a_workflow_that_is_being_removed_is_not_folded(world: World, retention: Retention) -> None:
    """Its counters, written anew behind removal's back, would stay for ever."""
    await add_runs(world, TODAY - timedelta(days=50), "completed", workflow="fl_w")
    async with world.database.connect() as removal:
        await removal.execute(*world.statement("SELECT FROM workflows WHERE id = 'fl_w' FOR UPDATE"))
        await retention.run_once()
        await removal.rollback()
    days = {row.day for row in await world.rows("SELECT day FROM workflow_counts")}
    assert days == {(TODAY - timedelta(days=50)).date()}


async def counts(world: World, like: str) -> dict[str, int]:
    rows = await world.rows(
        "SELECT status, sum(count)::int AS total FROM workflow_counts WHERE status LIKE :like GROUP BY 1", like=like
    )
    return {row.status: row.total for row in rows}
