"""Accepting runs in batches, and ringing for them."""

import asyncio
from collections.abc import Sequence

from app.queue.client import Doorbell
from app.queue.jobs import EXECUTE_RUN
from app.runs.repository.starts import RunStart, RunStarter
from tests.worker.world import World


class HardOfHearing(Doorbell):
    """Nobody hears the first ring."""

    def __init__(self, world: World) -> None:
        super().__init__(world._redis, world.clock)
        self.rung: list[Sequence[str]] = []

    async def ring(self, run_ids: Sequence[str], job: str = EXECUTE_RUN) -> bool:  # noqa: ARG002 -- as the bell has it
        self.rung.append(list(run_ids))
        return len(self.rung) > 1


def start(payload: str = "{}") -> RunStart:
    return RunStart("org-a", "fl_w", 1, "manual", payload, "test")


async def test_a_ring_that_nobody_heard_is_repeated_once(world: World) -> None:
    bell = HardOfHearing(world)
    starter = RunStarter(world.database, bell, world.clock, world.ids, shard=0)
    run = await starter.start(start())
    await starter.close()
    assert bell.rung == [[run.id], [run.id]]


async def test_only_the_run_that_the_database_refuses_fails(world: World) -> None:
    good = [world.starter.start(start()) for _ in range(5)]
    bad = world.starter.start(start("no JSON"))
    results = await asyncio.gather(*good, bad, world.starter.start(start()), return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["AcceptedRun"] * 5 + ["DBAPIError", "AcceptedRun"]
    rows = await world.rows("SELECT count(*) FROM runs")
    counts = await world.rows("SELECT sum(count)::int FROM workflow_counts WHERE status = 'accepted'")
    assert (rows[0][0], counts[0][0]) == (6, 6)


async def test_starts_at_the_same_time_share_commits(world: World) -> None:
    runs = await asyncio.gather(*(world.starter.start(start()) for _ in range(50)))
    assert len({run.id for run in runs}) == 50
    commits = await world.rows("SELECT count(DISTINCT xmin::text) FROM runs")
    assert commits[0][0] <= 2
