"""The clock of every process jumps by an hour: no worker dies of it, no run is lost by it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.faults.calls import repeated
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
    make_database: Callable[[], str], redis_url: str, tmp_path: Path, offset: Offset
) -> AsyncIterator[System]:
    settings = {"VIRGA_TESTING": "true", "VIRGA_TEST_CLOCK_OFFSET": str(offset.file)}
    async with System(make_database(), redis_url, tmp_path, **settings) as system:
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
