"""Reading what a run had come to, in statements begun after its claim was committed.

The claim's own snapshot could miss a flush of the former owner that was under way.
"""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.json import JsonObject
from app.core.statements import autocommitted
from worker.execution.records import StepPlace, read_outputs, read_steps
from worker.execution.steps import RecordedStep, WaitRow
from worker.execution.waits import read_waits

RETRY_SECONDS = 0.5

log = structlog.get_logger()

Restored = dict[str, tuple[list[RecordedStep], list[WaitRow]]]


class Restorer:
    """Reads journals and waits; it does not give up, since the runs are leased already."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, run_ids: Sequence[str]) -> Restored:
        """Return the recorded steps and the waits of each run."""
        while run_ids:
            try:
                async with autocommitted(self._engine) as driver:
                    steps = await read_steps(driver, run_ids)
                    waits = await read_waits(driver, run_ids)
            except Exception as error:  # noqa: BLE001 -- whatever it was, these runs are ours and must go on
                log.warning("journal_unread", error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return {run_id: (steps[run_id], waits[run_id]) for run_id in run_ids}
        return {}

    async def outputs(self, run_id: str, places: Sequence[StepPlace]) -> dict[StepPlace, JsonObject]:
        """Return what recorded steps of a run have put out."""
        while places:
            try:
                async with autocommitted(self._engine) as driver:
                    return await read_outputs(driver, run_id, places)
            except Exception as error:  # noqa: BLE001 -- the database is away, which must not fail the run
                log.warning("outputs_unread", error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
        return {}
