"""Keeps the coming months' partitions there, whatever the calendar does."""

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.models.partitions import ensure_partitions

NAP_SECONDS = 60.0  # between two looks at the date, which cost nothing

log = structlog.get_logger()


async def keep_partitions(engine: AsyncEngine, clock: Clock, nap_seconds: float = NAP_SECONDS) -> None:
    """Make what is missing whenever the date has changed: a machine may have slept for months, or been set ahead."""
    kept_on = clock.now().date()  # whoever starts a process has seen to that day
    while True:
        await asyncio.sleep(nap_seconds)
        today = clock.now().date()
        if today == kept_on:
            continue
        try:
            await ensure_partitions(engine, clock.now())
            kept_on = today
        except Exception as error:  # noqa: BLE001 -- the next look tries again
            log.warning("partitions_not_ensured", error=repr(error))
