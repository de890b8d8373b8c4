"""Locking runs together with those that they wait for, and that wait for them.

Lock order, here and everywhere: run rows by id, then their waits, then counters by key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.statements import Driver, Statement
from app.runs.states import TERMINAL, RunStatus

# The runs that end, parents of theirs, the children that they and their unheld children wait for, and others.
_LOCK_FAMILY = Statement("""
    WITH RECURSIVE ending(id) AS (
        SELECT unnest(CAST(:ending AS text[])) COLLATE "C"
        UNION
        SELECT wait.child_run_id FROM ending
        JOIN run_waits wait ON wait.run_id = ending.id AND wait.child_run_id IS NOT NULL AND wait.resolved_at IS NULL
        JOIN runs ON runs.id = ending.id
        WHERE runs.id = ANY(:ending) OR runs.lease_owner IS NULL
    ), family(id) AS (
        SELECT id FROM ending
        UNION
        SELECT wait.run_id FROM ending JOIN run_waits wait ON wait.child_run_id = ending.id
        UNION
        SELECT unnest(CAST(:others AS text[])) COLLATE "C"
    )
    SELECT id, org_id, workflow_id, status, lease_owner, fence, cancel_requested_at
    FROM runs WHERE id = ANY(ARRAY(SELECT id FROM family)) ORDER BY id FOR NO KEY UPDATE
""")


@dataclass(frozen=True, slots=True)
class LockedRun:
    """What a run row says under its lock."""

    id: str
    org_id: str
    workflow_id: str
    status: RunStatus
    lease_owner: str | None
    fence: int
    cancel_requested_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.status not in TERMINAL


async def lock_with_family(driver: Driver, ending: Sequence[str], others: Iterable[str] = ()) -> dict[str, LockedRun]:
    """Lock the runs that end, their waiting parents and awaited children, and `others`.

    In id order, so that two transactions never wait for each other in a circle.
    """
    rows = await _LOCK_FAMILY.rows(driver, {"ending": list(ending), "others": list(others)})
    return {row.id: LockedRun(**(dict(row) | {"status": RunStatus(row.status)})) for row in rows}
