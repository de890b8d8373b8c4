"""Counters written in the same transaction as the rows they count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.ids import IdSource

# Upserted in key order: two transactions that count the same workflows cannot deadlock.
_ADD = text("""
    INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
    SELECT org_id, workflow_id, status, :day, :shard, count
    FROM unnest(CAST(:orgs AS text[]), CAST(:workflows AS text[]), CAST(:statuses AS text[]), CAST(:counts AS bigint[]))
        AS added(org_id, workflow_id, status, count)
    ORDER BY workflow_id, status
    ON CONFLICT (workflow_id, status, day, shard) DO UPDATE SET count = workflow_counts.count + excluded.count
""")


@dataclass(frozen=True, slots=True)
class Scribe:
    """Who writes: the moment of the transaction, the source of ids, and the process's own shard of the counters."""

    now: datetime
    ids: IdSource
    shard: int


async def add_counts(connection: AsyncConnection, counts: Mapping[tuple[str, str, str], int], scribe: Scribe) -> None:
    """Add to the counters of (organization, workflow, status)."""
    if not counts:
        return
    orgs, workflows, statuses = zip(*counts, strict=True)
    parameters = {
        "orgs": list(orgs),
        "workflows": list(workflows),
        "statuses": list(statuses),
        "counts": list(counts.values()),
        "day": scribe.now.date(),
        "shard": scribe.shard,
    }
    await connection.execute(_ADD, parameters)
