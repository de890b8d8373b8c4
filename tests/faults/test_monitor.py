"""The triggers write down each change that may never be committed, and none that may."""

import pytest

from tests.faults import monitor
from tests.faults.fabricated import Fabricated
from tests.worker.world import World

END = "UPDATE runs SET status = 'completed', completed_at = now() WHERE id = :id"


@pytest.fixture
async def made(world: World) -> Fabricated:
    await monitor.install(world.database)
    return Fabricated(world)


async def test_a_run_that_goes_on_and_ends_is_no_violation(made: Fabricated, world: World) -> None:
    run = await made.run(status="running", completed_at=None)
    await made.execute("UPDATE runs SET fence = fence + 1 WHERE id = :id", id=run)
    await made.step(run, "a", 1, status="warning", handle=None)
    await made.step(run, "a", 2, attempt=2)
    await made.execute(END, id=run)
    assert await monitor.violations(world.database) == []


@pytest.mark.parametrize("status", ["completed", "failed"])
async def test_a_change_after_the_end_is_written_down(made: Fabricated, world: World, status: str) -> None:
    run = await made.run(status=status)
    await made.execute("UPDATE runs SET status = 'running' WHERE id = :id", id=run)
    assert await monitor.violations(world.database) == [
        f"I4: run {run} changed after its end, from {status} to running"
    ]


async def test_a_log_after_the_end_is_written_down(made: Fabricated, world: World) -> None:
    run = await made.run()
    await made.step(run, "a", 1)
    assert await monitor.violations(world.database) == [f"I4: run {run} got a log after its end"]


async def test_a_log_that_changes_is_written_down(made: Fabricated, world: World) -> None:
    run = await made.run(status="running")
    await made.step(run, "a", 1, id="fl_log_1")
    await made.execute("UPDATE run_logs SET seq = 2 WHERE run_id = :id", id=run)
    assert await monitor.violations(world.database) == ["I4: log fl_log_1 changed"]


async def test_a_step_that_counts_twice_is_written_down(made: Fabricated, world: World) -> None:
    run = await made.run(status="running")
    await made.step(run, "a", 1, "loop.0")
    await made.step(run, "a", 2, "loop.1")
    assert await monitor.violations(world.database) == []
    await made.step(run, "a", 3, "loop.1", attempt=2)
    assert await monitor.violations(world.database) == [f"I2: step {run} loop.1 a was recorded twice"]


async def test_a_fence_that_goes_back_is_written_down(made: Fabricated, world: World) -> None:
    run = await made.run(status="running", fence=2)
    await made.execute("UPDATE runs SET fence = 1 WHERE id = :id", id=run)
    assert await monitor.violations(world.database) == [f"fence of run {run} went back"]


async def test_another_version_is_written_down(made: Fabricated, world: World) -> None:
    run = await made.run(status="running")
    await made.execute("UPDATE runs SET workflow_version = 2 WHERE id = :id", id=run)
    assert await monitor.violations(world.database) == [f"I9: run {run} got another version"]


async def test_what_was_not_committed_is_no_violation(made: Fabricated, world: World) -> None:
    run = await made.run()
    statement, parameters = world.statement("UPDATE runs SET status = 'running' WHERE id = :id", id=run)
    async with world.database.connect() as connection:
        await connection.execute(statement, parameters)
        await connection.rollback()
    assert await monitor.violations(world.database) == []
