"""Cancelling: runs that nobody holds end here and now; owners of the others are asked."""

from datetime import datetime

from app.core.statements import Driver, Statement
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import Echo, RunEnd, ask_to_cancel, end_runs
from app.runs.repository.locks import LockedRun, lock_with_family
from app.runs.states import CANCELLED, RunStatus

_LIVE = [status for status in RunStatus if not status.is_terminal]

# In id order, as every lock of runs. Whoever claims one of them from now on ends it instead.
_ASK_ALL = Statement("""
    UPDATE runs SET cancel_requested_at = :now
    FROM (
        SELECT id FROM runs
        WHERE org_id = :org_id AND workflow_id = :workflow_id AND status = ANY(:live) AND cancel_requested_at IS NULL
        ORDER BY id FOR NO KEY UPDATE
    ) AS live
    WHERE runs.id = live.id
    RETURNING runs.id, runs.lease_owner
""")


async def cancel_run(driver: Driver, run_id: str, scribe: Scribe) -> tuple[LockedRun | None, Echo]:
    """Return the run as it was under its lock, and what is to be said after the commit. What has ended stays so."""
    locked = await lock_with_family(driver, [run_id])
    run = locked.get(run_id)
    if run is None or not run.is_live:
        return run, Echo()
    if run.lease_owner is not None:
        return run, await ask_to_cancel(driver, [run_id], scribe.now)
    return run, await end_runs(driver, [RunEnd(run_id, RunStatus.FAILED, CANCELLED)], locked, scribe)


async def ask_all_to_cancel(driver: Driver, org_id: str, workflow_id: str, now: datetime) -> Echo:
    """Leave a request with every live run of a workflow."""
    parameters = {"org_id": org_id, "workflow_id": workflow_id, "live": _LIVE, "now": now}
    rows = await _ASK_ALL.rows(driver, parameters)
    return Echo(notices=[(row.lease_owner, row.id) for row in rows if row.lease_owner is not None])
