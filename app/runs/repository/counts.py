"""Counters written in the same transaction as the rows they count, by statements that are made of these parts."""

from dataclasses import dataclass
from datetime import datetime

from app.core.ids import IdSource

ADD = "INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)"
# Upserted in key order: two transactions that count the same workflows cannot deadlock.
IN_ORDER = """
    ORDER BY workflow_id, status
    ON CONFLICT (workflow_id, status, day, shard) DO UPDATE SET count = workflow_counts.count + excluded.count
"""


@dataclass(frozen=True, slots=True)
class Scribe:
    """Who writes: the moment of the transaction, the source of ids, and the process's own shard of the counters."""

    now: datetime
    ids: IdSource
    shard: int
