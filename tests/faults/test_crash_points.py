"""Workers that are killed at a named point of their work: whatever they were about to do, the next one does."""

import random

import pytest

from tests.faults.graphs import errand, everything
from tests.faults.points import POINTS
from tests.faults.system import System

RUNS = 5


@pytest.mark.faults
@pytest.mark.parametrize("point", POINTS)
async def test_a_death_at_a_crash_point_loses_and_doubles_nothing(
    system: System, chance: random.Random, point: str
) -> None:
    async with system.witness() as target:
        child = await system.create(errand(target))
        workflow = await system.create(everything(target, child))
        runs = await system.execute(workflow, RUNS)
        doomed = await system.worker(crash=f"{point}:{chance.randint(1, RUNS)}")
        await doomed.died(f"kill -9 of worker: {point}")
        await system.worker()
        assert await system.ended(runs) == {"completed"}
        await system.verify()
    assert len(target.by_step) == RUNS * 8
