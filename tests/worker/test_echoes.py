"""Bells ring once there is something to find, never before."""

from collections.abc import Sequence

from app.queue.client import Doorbell
from app.queue.jobs import EXECUTE_RUN
from app.runs.repository.starts import RunStart, RunStarter
from tests.worker.leased import journal_of, leased_runs
from tests.worker.world import World
from worker.execution.entries import Entry, Transition


class CuriousBell(Doorbell):
    """Looks, as whoever hears it would, at what can be claimed at that moment."""

    def __init__(self, world: World) -> None:
        super().__init__(world._redis, world.clock)
        self._world = world
        self.found: list[str] = []
        self.missing: list[str] = []

    async def ring(self, run_ids: Sequence[str], job: str = EXECUTE_RUN) -> bool:  # noqa: ARG002 -- it rings for runs
        ready = await self._world.rows("SELECT id FROM runs WHERE id = ANY(:ids) AND ready", ids=list(run_ids))
        self.found += [row.id for row in ready]
        self.missing += set(run_ids) - {row.id for row in ready}
        return True


async def test_a_new_run_can_be_claimed_when_its_bell_rings(world: World) -> None:
    bell = CuriousBell(world)
    starter = RunStarter(world.database, bell, world.clock, world.ids, shard=0)
    accepted = await starter.start(RunStart("org-a", "fl_x", 1, "manual", "{}", "test"))
    await starter.close()
    assert (bell.found, bell.missing) == ([accepted.id], [])


async def test_a_released_run_can_be_claimed_when_its_bell_rings(world: World) -> None:
    bell = CuriousBell(world)
    runs = await leased_runs(world, 2)
    journal = journal_of(world, doorbell=bell)
    for run in runs:
        await journal.submit(Entry(run, 1, transition=Transition.RELEASE))
    await journal.close()
    assert (bell.found, bell.missing) == (runs, [])
