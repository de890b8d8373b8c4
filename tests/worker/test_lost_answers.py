"""A database whose answers get lost again and again: what was committed is found out, and nothing is done twice."""

import random
from collections import Counter
from pathlib import Path

from tests.fixtures.fault_proxy import FaultProxy
from tests.fixtures.target import Target
from tests.worker.world import World, call, chain, node, text

LOST = 1 / 3  # of all commits


async def test_a_worker_that_hears_of_two_commits_in_three_does_each_step_once(world: World, tmp_path: Path) -> None:
    """Claims, flushes, parkings and ends: whichever answer is lost, each target is called once."""
    url = world.settings.database_url.get_secret_value()
    async with Target() as target, FaultProxy(url, tmp_path, loses=lambda _: False) as proxy:
        nodes = [call("one", target.url("/1")), text("a", "x"), node("d", "delay", duration=1.1, unit="seconds")]
        workflow = await world.add_workflow(*chain(*nodes, call("two", target.url("/2"))))
        async with world.worker(database_url=proxy.url) as worker:
            dice = random.Random(3)
            proxy.loses = lambda _: dice.random() < LOST
            runs = [await world.start(workflow) for _ in range(10)]
            rows = await world.ended(*runs)
            workers = await world.rows("SELECT id FROM workers")
            assert [row.id for row in workers] == [worker.id]
            proxy.loses = lambda _: False
        assert proxy.lost > 5
    assert {row.status for row in rows} == {"completed"}
    assert {row.takeovers for row in rows} == {0}
    assert Counter(request.split()[1] for request in target.requests) == {b"/1": 10, b"/2": 10}
    for run in runs:
        assert [node_id for node_id, _ in await world.steps(run)] == ["t", "one", "a", "d", "two"]
    counts = await world.rows("SELECT status, sum(count)::int FROM workflow_counts GROUP BY status")
    assert dict(map(tuple, counts)) == {"accepted": 10, "completed": 10, "log_success": 50}
