"""Partitions while a worker runs: made with the calendar, however far it moves at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from tests.fixtures.clock import ManualClock
from tests.worker.world import World, until
from worker.execution.partitions import keep_partitions

DAY = 86_400
THERE = "SELECT to_regclass('public.' || :part) IS NOT NULL"


@pytest.fixture
async def clock(world: World) -> AsyncIterator[ManualClock]:
    """Return the clock by which partitions are kept."""
    clock = ManualClock(datetime(2031, 1, 15, tzinfo=UTC))
    keeping = asyncio.create_task(keep_partitions(world.database, clock, nap_seconds=0.01))
    yield clock
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def test_a_machine_that_has_slept_for_months_gets_them_at_once(world: World, clock: ManualClock) -> None:
    clock.advance(200 * DAY)
    for part in ("runs_2031_08", "run_logs_2031_08", "runs_2031_11"):
        await world.holds(THERE, part=part)


async def test_what_failed_is_tried_again(world: World, clock: ManualClock) -> None:
    await world.execute("ALTER FUNCTION virga_add_partition(text, text, text, text) RENAME TO away")
    with capture_logs() as logs:
        clock.advance(DAY)
        await until(lambda: any(entry["event"] == "partitions_not_ensured" for entry in logs))
    await world.execute("ALTER FUNCTION away(text, text, text, text) RENAME TO virga_add_partition")
    await world.holds(THERE, part="runs_2031_01")
