"""Ending all runs that are under way, where no process is left that could go on with them."""

from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.ids import IdSource
from app.core.statements import Statement, transaction
from app.models.runs import LIVE
from app.runs.repository.counts import Scribe
from app.runs.repository.ends import RunEnd, end_runs
from app.runs.repository.locks import lock_with_family
from app.runs.states import RunStatus

BATCH = 500

# Those that a run waits for come before it: each ends for the same reason, and none because another one did.
_UNDER_WAY = Statement(f"SELECT id FROM runs WHERE {LIVE} ORDER BY depth DESC, id")  # noqa: S608 -- made of constants
# Whoever held them is gone, and how long ago nobody knows: that time does not count as active.
_TAKE_LEASES = Statement("UPDATE runs SET lease_owner = NULL WHERE lease_owner IS NOT NULL RETURNING id")


async def interrupt_all(engine: AsyncEngine, message: str, clock: Clock) -> int:
    """End every live run as failed with `message`, and return how many. No server may work on the database."""
    async with transaction(engine) as driver:
        await _TAKE_LEASES.rows(driver, {})
        ids = await _UNDER_WAY.column(driver, {})
    new_ids = IdSource(clock)
    for first in range(0, len(ids), BATCH):
        batch = ids[first : first + BATCH]
        async with transaction(engine) as driver:
            locked = await lock_with_family(driver, batch)
            ends = [RunEnd(run_id, RunStatus.FAILED, message) for run_id in batch]
            await end_runs(driver, ends, locked, Scribe(clock.now(), new_ids, shard=0))
    return len(ids)
