"""The clock of every process jumps by an hour: no worker dies of it, no run is lost by it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.faults.calls import repeated
from tests.faults.ledger import Ledger
from tests.faults.system import System
from tests.fixtures.target import Target
from tests.worker.world import call, chain, node

pytestmark = pytest.mark.faults

HOUR_SECONDS = 3600


class Offset:
    """By how much the clock of every process is off."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        self.file.write_text(str(seconds))


@pytest.fixture
def offset(tmp_path: Path) -> Offset:
    return Offset(tmp_path / "offset")


@pytest.fixture
async def system(
    make_database: Callable[[], str], redis_url: str, tmp_path: Path, offset: Offset, ledger: Ledger
) -> AsyncIterator[System]:
    settings = {"VIRGA_TESTING": "true", "VIRGA_TEST_CLOCK_OFFSET": str(offset.file)}
    async with System(make_database(), redis_url, tmp_path, ledger, settings) as system:
        yield system


@pytest.mark.parametrize("jump", [HOUR_SECONDS, -HOUR_SECONDS])
async def test_a_jump_neither_kills_nor_strands(system: System, offset: Offset, jump: int) -> None:
    """Runs in the middle of calls complete, new ones too; what sleeps till a moment wakes up when that has come."""
    async with Target() as target:
        target.delay_seconds = 0.2
        working = await system.create(chain(*(call(f"n{number}", target.url()) for number in range(15))))
        sleeping = await system.create(chain(node("d", "delay", duration=4, unit="seconds")))
        for _ in range(2):
            await system.worker()
        runs = await system.execute(working, 20)
        sleepers = await system.execute(sleeping, 5)
        await system.holds("SELECT count(*) = 5 FROM runs WHERE due_at IS NOT NULL AND NOT ready")
        workers = await system.rows("SELECT id FROM workers ORDER BY id")
        offset.set(jump)
        assert await system.ended(runs) == {"completed"}
        assert await system.ended(await system.execute(working, 5)) == {"completed"}
        offset.set(0)
        assert await system.ended(sleepers) == {"completed"}
    assert await system.rows("SELECT id FROM workers WHERE dead_at IS NULL ORDER BY id") == workers
    assert repeated(target) == set()


async def test_a_jump_while_a_worker_is_dead_uses_no_run_up(system: System, offset: Offset) -> None:
    """Whoever takes the runs over does not count the hour as time in which they were active."""
    async with Target() as target:
        target.delay_seconds = 0.2
        workflow = await system.create(chain(*(call(f"n{number}", target.url()) for number in range(10))))
        worker = await system.worker()
        runs = await system.execute(workflow, 10)
        await system.holds("SELECT count(*) > 30 FROM run_logs")
        worker.kill()
        offset.set(HOUR_SECONDS + 60)
        await system.worker()
        assert await system.ended(runs) == {"completed"}


async def ticking(system: System) -> str:
    """Return a workflow that starts each second."""
    return await system.create(chain(), schedule_type="interval", schedule_value="1 second")


async def fired(system: System, workflow: str) -> int:
    [row] = await system.rows("SELECT count(*) FROM schedule_firings WHERE workflow_id = :id", id=workflow)
    return int(row[0])


async def fires(system: System, workflow: str, times: int) -> None:
    """Wait until the workflow has started so many times more."""
    before = await fired(system, workflow)
    await system.holds(
        "SELECT count(*) >= :count FROM schedule_firings WHERE workflow_id = :id", id=workflow, count=before + times
    )


async def test_schedules_that_a_jump_makes_late_start_once(system: System, offset: Offset) -> None:
    workflow = await ticking(system)
    for _ in range(2):
        await system.worker()
    await fires(system, workflow, 2)
    offset.set(HOUR_SECONDS)
    await fires(system, workflow, 3)
    runs = await system.rows("SELECT trigger_payload FROM runs WHERE workflow_id = :id", id=workflow)
    assert len([run for run in runs if run.trigger_payload["missed"] > HOUR_SECONDS / 2]) == 1
    assert len({run.trigger_payload["scheduled_for"] for run in runs}) == len(runs)


async def test_schedules_that_a_jump_makes_early_start_nothing_twice(system: System, offset: Offset) -> None:
    """What was due already is not due again; what is saved meanwhile shows that the clock does run."""
    workflow = await ticking(system)
    for _ in range(2):
        await system.worker()
    await fires(system, workflow, 2)
    offset.set(-HOUR_SECONDS)
    other = await ticking(system)
    await fires(system, other, 1)
    before = await fired(system, workflow)
    await fires(system, other, 2)
    assert await fired(system, workflow) == before
    offset.set(0)
    await fires(system, workflow, 2)
    runs = await system.rows("SELECT trigger_payload FROM runs WHERE workflow_id = :id", id=workflow)
    assert len({run.trigger_payload["scheduled_for"] for run in runs}) == len(runs)
