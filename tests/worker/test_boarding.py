"""Between a claim and its slot: what happens to runs that are leased already and not yet in anybody's hands."""

import asyncio
from collections.abc import Sequence

from app.core.config import WorkerSettings
from app.queue.client import Doorbell
from app.queue.jobs import EXECUTE_RUN
from tests.fixtures.target import Target
from tests.worker.leased import leased_runs, unlooked, vault_of
from tests.worker.world import RunningWorker, World, call, chain, text, until
from worker.execution.claim import Capacity, Claimer
from worker.execution.claimed import Claimed
from worker.execution.definitions import Definitions
from worker.execution.restoring import Restored, Restorer


class SlowRestorer(Restorer):
    """Reads journals only once it is let."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database)
        self.asked = asyncio.Event()
        self.let = asyncio.Event()

    async def read(self, run_ids: Sequence[str]) -> Restored:
        self.asked.set()
        await self.let.wait()
        return await super().read(run_ids)


class SlowClaimer(Claimer):
    """Has claimed, and hears of it only once it is let."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database, world.clock, world.ids, Definitions(), vault_of(world))
        self.claimed = asyncio.Event()
        self.let = asyncio.Event()

    async def claim_in_rounds(self, worker_id: str, capacity: Capacity, *, urgent: bool = False) -> list[Claimed]:
        return await self._late(await super().claim_in_rounds(worker_id, capacity, urgent=urgent))

    async def _late(self, claimed: list[Claimed]) -> list[Claimed]:
        if claimed:
            self.claimed.set()
            await self.let.wait()
        return claimed


async def begun_before(world: World, target: Target) -> str:
    """Return a run whose next claim has to read its journal first."""
    run = await world.start_unrung(await world.add_workflow(*chain(call("hook", target.url()))))
    await world.execute("UPDATE runs SET fence = 1 WHERE id = :id", id=run)
    await world.execute(_TRIGGER_STEP, run=run, now=world.clock.now())
    return run


_TRIGGER_STEP = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    VALUES (:run, '', 't', 1, 'fl_log_t', 'org-a', 'w', 1, 'manual_trigger', 'success', '{}', 'default', 1,
            :now, 0, :now)
"""


def slow_restorer(world: World, worker: RunningWorker) -> SlowRestorer:
    worker.parts.engine._restorer = restorer = SlowRestorer(world)
    return restorer


async def test_a_run_whose_journal_is_being_read_is_not_given_back(world: World) -> None:
    async with Target() as target, world.worker() as worker:
        restorer = slow_restorer(world, worker)
        run = await begun_before(world, target)
        worker.parts.presence.look_soon()
        await restorer.asked.wait()
        await world.looked_twice()
        leased = await world.run(run)
        restorer.let.set()
        [row] = await world.ended(run)
    assert (leased.lease_owner, leased.fence) == (worker.id, 2)
    assert (row.status, row.fence, len(target.requests)) == ("completed", 2, 1)


async def test_a_run_whose_lease_was_lost_while_its_journal_was_read_is_not_started(world: World) -> None:
    async with Target() as target, world.worker() as worker:
        restorer = slow_restorer(world, worker)
        run = await begun_before(world, target)
        worker.parts.presence.look_soon()
        await restorer.asked.wait()
        before = worker.id
        await world.execute("UPDATE workers SET dead_at = :now WHERE id = :id", id=before, now=world.clock.now())
        await until(lambda: worker.id not in {before, ""})
        restorer.let.set()
        [row] = await world.ended(run)
    assert (row.status, row.fence, len(target.requests)) == ("completed", 3, 1)


async def test_a_run_that_is_dropped_before_its_first_step_frees_its_slot(world: World) -> None:
    async with world.worker() as worker:
        engine = worker.parts.engine
        run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
        [claimed] = await engine.boarding.claimer.claim_hinted(worker.id, [run])
        engine._start(claimed, [], [])
        engine.abandon_all()
        await until(lambda: engine.held_ids == set())


async def test_a_stop_releases_what_was_just_being_claimed(world: World) -> None:
    run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
    await world.execute("UPDATE runs SET ready = false WHERE id = :id", id=run)
    async with world.worker(worker=WorkerSettings(stop_grace_seconds=0.2)) as worker:
        worker.parts.engine.boarding.claimer = claimer = SlowClaimer(world)
        await world.execute("UPDATE runs SET ready = true WHERE id = :id", id=run)
        worker.parts.presence.look_soon()
        await claimer.claimed.wait()
        worker.stop.set()
        await asyncio.sleep(0.1)
        claimer.let.set()
        await worker.task
        released = await world.run(run)
    assert (released.ready, released.lease_owner, released.takeovers) == (True, None, 0)


class SlowBell(Doorbell):
    """Takes its time, and remembers whom it rang for."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    async def ring(self, run_ids: Sequence[str], job: str = EXECUTE_RUN) -> bool:  # noqa: ARG002 -- there is one only
        await asyncio.sleep(0.05)
        self.rung += run_ids
        return True

    async def ring_urgently(self, ids: Sequence[str]) -> bool:
        return await self.ring(ids)


async def test_a_worker_that_leaves_rings_for_others_where_a_ring_has_come_to_it(world: World) -> None:
    async with world.worker() as worker:
        engine = worker.parts.engine
        engine._doorbell = bell = SlowBell()
        async with engine._claiming:  # as while a claim is under way
            engine.boarding.rung("fl_run_a")
            engine.boarding.rung("fl_run_b", urgent=True)
            worker.stop.set()
            await until(lambda: engine.free_slots == 0)
        await worker.task
    assert bell.rung == ["fl_run_a", "fl_run_b"]


async def test_definitions_that_do_not_fit_into_the_cache_are_still_found(world: World) -> None:
    workflows = [await world.add_workflow(*chain(text("a", str(number)))) for number in range(4)]
    async with world.worker() as worker:
        worker.parts.engine.boarding.claimer._definitions = Definitions(capacity_bytes=1)
        runs = [await world.start_unrung(workflow) for workflow in workflows]
        rows = await world.ended(*runs)
    assert [row.status for row in rows] == ["completed"] * 4


async def test_a_run_that_cannot_be_read_fails_and_holds_nobody_up(world: World) -> None:
    healthy = await world.add_workflow(*chain(text("a", "x")))
    broken = await world.add_workflow(*chain(text("a", "x")))
    await world.execute("UPDATE workflow_versions SET nodes = '{}' WHERE workflow_id = :id", id=broken)
    runs = [await world.start_unrung(workflow) for workflow in (broken, healthy, healthy)]
    await world.execute("UPDATE runs SET trigger_payload = '[]' WHERE id = :id", id=runs[1])
    async with world.worker():
        rows = await world.ended(*runs)
    assert [row.status for row in rows] == ["failed", "failed", "completed"]
    assert all("cannot be executed" in row.error_message for row in rows[:2])


async def test_rings_that_wait_here_leave_others_to_free_workers(world: World) -> None:
    async with world.worker() as worker:
        engine = worker.parts.engine
        before = engine.free_slots
        for number in range(before + 10):
            engine.boarding.rung(f"fl_run_{number}")
        assert (before, engine.free_slots) == (180, 0)
        await until(lambda: engine.free_slots == before)


async def test_a_claim_that_met_anothers_locks_is_tried_again_without_another_look(world: World) -> None:
    async with world.worker(worker=WorkerSettings(slots=4)) as worker:
        claimer = SecondTryLater(world)
        async with world.database.connect() as rival:
            async with unlooked(worker):
                workflow = await world.add_workflow(*chain(text("a", "x")))
                locked = [await world.start_unrung(workflow) for _ in range(2)]
                free = [await world.start_unrung(workflow) for _ in range(2)]
                await rival.execute(*world.statement("SELECT FROM runs WHERE id = ANY(:ids) FOR UPDATE", ids=locked))
                worker.parts.engine.boarding.claimer = claimer
            await claimer.tried.wait()
            async with unlooked(worker):
                await rival.execute(*world.statement("UPDATE runs SET ready = false WHERE id = ANY(:ids)", ids=locked))
                await rival.commit()
                claimer.let.set()
                await world.ended(*free)


class SecondTryLater(Claimer):
    """Claims once, and again only once it is let."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database, world.clock, world.ids, Definitions(), vault_of(world))
        self.tried = asyncio.Event()
        self.let = asyncio.Event()

    async def claim_in_rounds(self, worker_id: str, capacity: Capacity, *, urgent: bool = False) -> list[Claimed]:
        if self.tried.is_set():
            await self.let.wait()
        claimed = await super().claim_in_rounds(worker_id, capacity, urgent=urgent)
        self.tried.set()
        return claimed


async def test_a_claim_that_was_not_heard_of_is_made_again_however_many_others_are_under_way(world: World) -> None:
    async with world.worker() as worker:
        engine = worker.parts.engine
        async with unlooked(worker):
            engine.claims += 1  # one is under way
            [run] = await leased_runs(world, owner=worker.id)
        await world.looked_twice()
        assert (await world.run(run)).lease_owner == worker.id
        engine.claims += 2  # it has ended, and the next one is under way
        worker.parts.presence.look_soon()
        await world.holds("SELECT fence = 2 FROM runs WHERE id = :id", id=run)
        engine.claims -= 1
        await world.ended(run)


async def test_a_claim_that_was_made_since_is_not_given_back_for_an_earlier_one(world: World) -> None:
    async with world.worker() as worker:
        async with unlooked(worker):
            [run] = await leased_runs(world, owner="wrk_far")
            looker = worker.parts.presence._senses.looker
            await looker.give_back("wrk_far", {run: 0})
            assert (await world.run(run)).lease_owner == "wrk_far"
            await looker.give_back("wrk_far", {run: 1})
            assert (await world.run(run)).lease_owner is None
        await world.ended(run)
