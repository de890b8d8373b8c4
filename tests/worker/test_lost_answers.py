"""A database whose answers get lost again and again: what was committed is found out, and nothing is done twice."""

import random
from collections import Counter
from pathlib import Path

from tests.fixtures.fault_proxy import FaultProxy, lost_commits, pass_all
from tests.fixtures.target import Target
from tests.worker.calling import called, calling
from tests.worker.world import World, call, chain, node, text

LOST = 1 / 3  # of all commits


async def test_a_worker_that_hears_of_two_commits_in_three_does_each_step_once(world: World, tmp_path: Path) -> None:
    """Claims, flushes, parkings and ends: whichever answer is lost, each target is called once."""
    url = world.settings.database_url.get_secret_value()
    async with Target() as target, FaultProxy(url, tmp_path) as proxy:
        nodes = [call("one", target.url("/1")), text("a", "x"), node("d", "delay", duration=1.1, unit="seconds")]
        workflow = await world.add_workflow(*chain(*nodes, call("two", target.url("/2"))))
        async with world.worker(database_url=proxy.url) as worker:
            dice = random.Random(3)
            proxy.policy = lost_commits(lambda _: dice.random() < LOST)
            runs = [await world.start(workflow) for _ in range(10)]
            rows = await world.ended(*runs)
            workers = await world.rows("SELECT id FROM workers")
            assert [row.id for row in workers] == [worker.id]
            proxy.policy = pass_all
        assert proxy.lost > 5
    assert {row.status for row in rows} == {"completed"}
    assert {row.takeovers for row in rows} == {0}
    assert Counter(request.split()[1] for request in target.requests) == {b"/1": 10, b"/2": 10}
    for run in runs:
        assert [node_id for node_id, _ in await world.steps(run)] == ["t", "one", "a", "d", "two"]
    counts = await world.rows("SELECT status, sum(count)::int FROM workflow_counts GROUP BY status")
    assert dict(map(tuple, counts)) == {"accepted": 10, "completed": 10, "log_success": 50}


async def test_a_worker_that_does_not_hear_of_each_commit_starts_each_child_once(world: World, tmp_path: Path) -> None:
    """Whichever answer is lost, of the flush that starts a child or of the child's end, the parent hears of it."""
    url = world.settings.database_url.get_secret_value()
    async with FaultProxy(url, tmp_path) as proxy:
        well = await world.add_workflow(*called(text("a", "x")))
        ill = await world.add_workflow(*called(node("e", "terminate", status="failed")))
        nodes = [
            calling("one", well),
            calling("two", ill, retry={"max_attempts": 2, "delay_seconds": 0.01}, continue_on_error=True),
            calling("three", well, wait=False),
        ]
        workflow = await world.add_workflow(*chain(*nodes))
        async with world.worker(database_url=proxy.url):
            dice = random.Random(5)
            # each lost claim of so many takes seconds to be found out
            proxy.policy = lost_commits(lambda _: dice.random() < LOST / 2)
            parents = [await world.start(workflow) for _ in range(4)]
            rows = await world.ended(*parents)
            children = [row.id for row in await world.rows("SELECT id FROM runs WHERE parent_run_id IS NOT NULL")]
            await world.ended(*children)
            proxy.policy = pass_all
        assert proxy.lost > 2
    assert {row.status for row in rows} == {"completed"}
    started = Counter(
        tuple(row)
        for row in await world.rows("SELECT parent_run_id, workflow_id FROM runs WHERE parent_run_id IS NOT NULL")
    )
    assert started == {(parent, callee): 2 for parent in parents for callee in (well, ill)}
    for parent in parents:
        steps = [("t", "success"), ("one", "success"), ("two", "warning"), ("two", "error"), ("three", "success")]
        assert await world.steps(parent) == steps
    counts = await world.rows(
        "SELECT status, sum(count)::int FROM workflow_counts WHERE status NOT LIKE 'log%' GROUP BY status"
    )
    assert dict(map(tuple, counts)) == {"accepted": 20, "completed": 12, "failed": 8}
