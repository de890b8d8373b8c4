"""Bells ring once there is something to find, never before."""

from collections.abc import Sequence

from app.queue.client import Doorbell
from app.queue.jobs import EXECUTE_RUN
from app.runs.repository.cancels import cancel_run
from app.runs.repository.counts import Scribe
from app.runs.repository.starts import RunStart, RunStarter
from app.unit_of_work import unit_of_work
from tests.worker.leased import journal_of, leased_runs
from tests.worker.planned import add_scheduled, runs_of
from tests.worker.world import World
from worker.execution.entries import Entry, Transition
from worker.execution.schedules import Schedules


class CuriousBell(Doorbell):
    """Looks, as whoever hears it would, at what can be claimed at that moment."""

    def __init__(self, world: World) -> None:
        super().__init__(world._redis, world.clock)
        self._world = world
        self.found: list[str] = []
        self.missing: list[str] = []
        self.asked: list[str] = []

    async def ring(self, run_ids: Sequence[str], job: str = EXECUTE_RUN) -> bool:  # noqa: ARG002 -- it rings for runs
        ready = await self._world.rows("SELECT id FROM runs WHERE id = ANY(:ids) AND ready", ids=list(run_ids))
        self.found += [row.id for row in ready]
        self.missing += set(run_ids) - {row.id for row in ready}
        return True

    async def tell(self, worker_id: str, run_id: str) -> bool:
        asked = "SELECT id FROM runs WHERE id = :id AND lease_owner = :owner AND cancel_requested_at IS NOT NULL"
        self.asked += [row.id for row in await self._world.rows(asked, id=run_id, owner=worker_id)]
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


async def test_a_run_that_is_accepted_with_something_else_can_be_claimed_when_its_bell_rings(world: World) -> None:
    bell = CuriousBell(world)
    starter = RunStarter(world.database, bell, world.clock, world.ids, shard=0)
    async with unit_of_work(world.database, bell, "org-a") as work:
        accepted = await starter.start_within(work, RunStart("org-a", "fl_x", 1, "manual", "{}", "test"))
    assert (bell.found, bell.missing) == ([accepted.id], [])


async def test_a_scheduled_run_can_be_claimed_when_its_bell_rings(world: World) -> None:
    bell = CuriousBell(world)
    workflow = await add_scheduled(world, world.clock.now())
    await Schedules(world.database, bell, world.clock, world.ids, shard=0).fire_due()
    assert (bell.found, bell.missing) == ([run.id for run in await runs_of(world, workflow)], [])


async def test_an_owner_who_is_told_of_a_cancel_finds_it(world: World) -> None:
    bell = CuriousBell(world)
    [run] = await leased_runs(world)
    async with unit_of_work(world.database, bell, "org-a") as work:
        _, echo = await cancel_run(await work.driver(), run, Scribe(world.clock.now(), world.ids, 0))
        for notice in echo.notices:
            work.tell(*notice)
    assert bell.asked == [run]
