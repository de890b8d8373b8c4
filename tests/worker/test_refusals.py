"""What a worker does with a run whose rows are refused: nothing more."""

from tests.fixtures.target import Target
from tests.worker.world import World, call, chain, until


async def test_no_effect_starts_of_a_run_whose_rows_were_refused(world: World) -> None:
    """Somebody else has claimed it since, of whom its owner has not heard."""
    async with Target() as target, world.worker() as worker:
        target.gate.clear()
        nodes = [call("one", target.url("/1")), call("two", target.url("/2"))]
        run = await world.start(await world.add_workflow(*chain(*nodes)))
        await target.asked.wait()
        await world.execute("UPDATE runs SET fence = fence + 1 WHERE id = :id", id=run)
        target.gate.set()
        await until(lambda: worker.parts.engine.held_ids == set())
        assert [request.split()[1] for request in target.requests] == [b"/1"]
        assert await world.steps(run) == [("t", "success")]
