"""Counters of days long past become one row for each workflow and status, so that reading never grows with history."""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.models.counts import FOLDED

DAYS_APART = 40  # that are kept, which is more than statistics ask for
BATCH = 100  # workflows a transaction

# The lock keeps removal from a workflow whose counters are just written anew, or they would outlive it.
_WORKFLOWS = text("SELECT id FROM workflows WHERE id > :after ORDER BY id LIMIT :batch FOR KEY SHARE SKIP LOCKED")
_FOLD = text("""
    WITH past AS (
        DELETE FROM workflow_counts WHERE workflow_id = ANY(:ids) AND day < :until AND day > :folded
        RETURNING org_id, workflow_id, status, count
    )
    INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
    SELECT org_id, workflow_id, status, :folded, 0, sum(count) FROM past
    GROUP BY org_id, workflow_id, status ORDER BY workflow_id, status
    ON CONFLICT (workflow_id, status, day, shard) DO UPDATE SET count = workflow_counts.count + excluded.count
""")


async def fold_counters(connection: AsyncConnection, today: date, after: str) -> str | None:
    """Fold the counters of a batch of workflows, those past the id `after`. Returns the last one's id, None at the end.

    One transaction at a time may do this, and nobody else may write counters of days so long ago meanwhile.
    """
    ids: list[str] = list((await connection.execute(_WORKFLOWS, {"after": after, "batch": BATCH})).scalars())
    if not ids:
        return None
    await connection.execute(_FOLD, {"ids": ids, "until": today - timedelta(days=DAYS_APART), "folded": FOLDED})
    return ids[-1]
