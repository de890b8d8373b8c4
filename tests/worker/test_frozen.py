"""Processes that freeze: what they hold at that moment must not be held for ever."""

from app.core.db import WORKER_ROLE, create_engine
from tests.worker.world import World, chain, text


async def test_a_process_that_froze_in_a_transaction_does_not_keep_its_runs(world: World) -> None:
    """It is declared dead like any other, but its locks would last for as long as its connection does."""
    run = await world.start(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE runs SET ready = false, fence = 1, lease_owner = 'wrk_gone' WHERE id = :id", id=run)
    url = world.settings.database_url.get_secret_value()
    database = create_engine(url, role=WORKER_ROLE, pool_size=1, application="frozen", plans_once=True, repeats=True)
    async with database.connect() as frozen:
        await frozen.execute(*world.statement("SELECT FROM runs WHERE id = :id FOR NO KEY UPDATE", id=run))
        async with world.worker():
            [row] = await world.ended(run)
        await frozen.invalidate()
    await database.dispose()
    assert row.status == "completed"
