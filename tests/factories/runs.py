"""Runs and logs put straight into the database, where the API is to read what workers have written."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from app.core.json import dumps
from tests.factories.rows import new_run_id
from tests.fixtures.api import Database

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
_NUMBER_DIGITS = 8

# With synchronous_commit, so that VACUUM may call the rows visible to all.
_HISTORY = """
    INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, ready,
                      error_message, created_at, started_at, completed_at)
    SELECT CAST(:start AS text) || lpad(CAST(number AS text), :digits, '0'), :org, :workflow, 1,
           CASE WHEN number % 10 = 0 THEN 'failed' ELSE 'completed' END, 'manual', '{"context": {}}', false,
           CASE WHEN number % 10 = 0 THEN 'It broke.' END, :now, :now, :now
    FROM generate_series(1, :count) AS number
"""
_COUNTED = """
    INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
    SELECT org_id, workflow_id, counted.status, CAST(:day AS date), 99, count(*)
    FROM runs CROSS JOIN LATERAL (VALUES (runs.status), ('accepted')) AS counted(status)
    WHERE workflow_id = :workflow GROUP BY org_id, workflow_id, counted.status
"""
_LOG = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    SELECT id, :path, :node, 1, CAST(:log AS text), org_id, workflow_id, :seq, 'text_transform', 'success',
           CAST(:output AS json), 'default', 1, :at, 7, :at
    FROM runs WHERE id = :run
"""


async def add_history(database: Database, org_id: str, workflow_id: str, count: int) -> list[str]:
    """Give a workflow runs that have ended, every tenth of them badly, and return their ids, newest first."""
    start = new_run_id()[:-_NUMBER_DIGITS]
    named = {"start": start, "digits": _NUMBER_DIGITS, "org": org_id, "workflow": workflow_id, "count": count}
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL synchronous_commit = on"))
        await connection.execute(text(_HISTORY), named | {"now": NOON})
        await connection.execute(text(_COUNTED), {"workflow": workflow_id, "day": NOON.date()})
    return [f"{start}{number:0{_NUMBER_DIGITS}}" for number in range(count, 0, -1)]


async def add_log(
    database: Database, run_id: str, seq: int, output: Mapping[str, object] | None = None, *, path: str = ""
) -> None:
    """Record a successful step of a run."""
    at = NOON + timedelta(seconds=seq)
    log_id = f"fl_log_{run_id.removeprefix('fl_run_')}{seq}"
    said = dumps(output or {})
    await database.execute(_LOG, run=run_id, seq=seq, path=path, node=f"n{seq}", log=log_id, output=said, at=at)


async def lease(database: Database, run_id: str, owner: str = "worker-1") -> None:
    """Make a run look as if a worker had taken it."""
    await database.execute(
        "UPDATE runs SET status = 'running', ready = false, lease_owner = :owner, fence = 1, claimed_at = :now,"
        " started_at = :now WHERE id = :run",
        owner=owner,
        run=run_id,
        now=NOON,
    )


async def complete(database: Database, run_id: str) -> None:
    """Make a run look as if a worker had ended it well, 2.5 s after it was taken."""
    await database.execute(
        "UPDATE runs SET status = 'completed', ready = false, lease_owner = NULL, started_at = :now,"
        " completed_at = :later WHERE id = :run",
        run=run_id,
        now=NOON,
        later=NOON + timedelta(seconds=2.5),
    )
