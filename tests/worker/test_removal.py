"""What a deleted workflow leaves behind goes in batches, and nothing else does."""

from tests.worker.leased import leased_runs
from tests.worker.world import World, chain, text
from worker.execution.removal import BATCH, RETRY_SECONDS, Removal


def removal(world: World) -> Removal:
    return Removal(world.database, world.doorbell, world.clock, world.ids, shard=0)


async def workflow_with_runs(world: World, count: int) -> str:
    workflow = await world.add_workflow(*chain(text("a", "x")))
    for _ in range(count):
        await world.start(workflow)
    return workflow


async def delete(world: World, workflow: str) -> None:
    await world.execute("UPDATE workflows SET deleted_at = :now WHERE id = :id", id=workflow, now=world.clock.now())


async def rows_of(world: World, workflow: str) -> list[int]:
    """Return how many rows of each table belong to a workflow."""
    [row] = await world.rows(_ROWS, id=workflow)
    return list(row)


_ROWS = """
    SELECT (SELECT count(*) FROM runs WHERE workflow_id = :id), (SELECT count(*) FROM run_logs WHERE workflow_id = :id),
           (SELECT count(*) FROM workflow_counts WHERE workflow_id = :id),
           (SELECT count(*) FROM workflow_versions WHERE workflow_id = :id),
           (SELECT count(*) FROM workflow_calls WHERE caller_id = :id),
           (SELECT count(*) FROM workflows WHERE id = :id)
"""


async def test_nothing_deleted_is_nothing_to_do(world: World) -> None:
    await workflow_with_runs(world, 1)
    assert await removal(world).remove_some() is None


async def test_live_runs_that_nobody_holds_end_and_then_every_row_goes(world: World) -> None:
    workflow, other = await workflow_with_runs(world, 3), await workflow_with_runs(world, 2)
    for caller in (workflow, other):
        await world.execute("INSERT INTO workflow_calls VALUES (:id, 'fl_called', 'org-a')", id=caller)
    before = await rows_of(world, other)
    await delete(world, workflow)
    while await removal(world).remove_some() is not None:
        pass
    assert await rows_of(world, workflow) == [0] * 6
    assert await rows_of(world, other) == before


async def test_more_runs_than_a_batch_holds_go_too(world: World) -> None:
    workflow = await workflow_with_runs(world, 1)
    copy = (
        "INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, ready,"
        " due_at, created_at) SELECT id || number, org_id, workflow_id, 1, 'pending', 'manual', '{}', true, due_at,"
        " created_at FROM runs, generate_series(1, :more) AS number WHERE workflow_id = :id"
    )
    await world.execute(copy, id=workflow, more=BATCH + 1)
    await delete(world, workflow)
    pauses = []
    while (pause := await removal(world).remove_some()) is not None:
        pauses.append(pause)
    assert pauses == [0.0] * 4  # two batches are ended, two deleted
    assert await rows_of(world, workflow) == [0] * 6


async def test_runs_that_a_worker_holds_are_asked_for_and_waited_for(world: World) -> None:
    runs = await leased_runs(world, 2)
    [workflow] = {(await world.run(run)).workflow_id for run in runs}
    await delete(world, workflow)
    assert await removal(world).remove_some() == RETRY_SECONDS
    rows = [await world.run(run) for run in runs]
    assert all(row.status == "running" and row.cancel_requested_at is not None for row in rows)
    await world.execute("UPDATE runs SET lease_owner = NULL")
    while await removal(world).remove_some() is not None:
        pass
    assert await rows_of(world, workflow) == [0] * 6


async def test_two_workers_do_not_wait_for_each_other(world: World) -> None:
    first, second = await workflow_with_runs(world, 1), await workflow_with_runs(world, 1)
    await delete(world, first)
    await delete(world, second)
    async with world.database.connect() as rival:
        await rival.execute(*world.statement("SELECT FROM workflows WHERE id = :id FOR UPDATE", id=first))
        while await removal(world).remove_some() is not None:
            pass
        assert await rows_of(world, second) == [0] * 6
        await rival.rollback()
    assert (await rows_of(world, first))[0] == 1
