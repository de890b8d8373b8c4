"""Cancelling, running again and resuming, at random moments of runs: answers tell the truth, and all of them end."""

import asyncio
import random

import pytest

from tests.faults.graphs import hook, links
from tests.faults.racing import CANCELLED, Racers, repeatedly
from tests.faults.system import Accepted, System
from tests.fixtures.target import answer
from tests.worker.calling import called, calling
from tests.worker.world import chain

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

TIMES = 60
DELAY_SECONDS = 0.03  # of each call


@pytest.fixture
def racers(system: System, chance: random.Random) -> Racers:
    return Racers(system, chance)


async def test_who_cancels_a_run_that_completes_is_told_the_truth(system: System, racers: Racers) -> None:
    async def race() -> tuple[Accepted, bool]:
        run = await racers.start(workflow)
        return run, await racers.cancel(run)

    async with system.witness() as target:
        target.delay_seconds = DELAY_SECONDS
        workflow = await system.create(links(target, 2))
        await system.worker()
        told = await repeatedly(TIMES, race)
        await system.verify()
    for run, is_cancelled in told:
        assert (run.id, await racers.end(run)) == (run.id, CANCELLED if is_cancelled else ("completed", None))


async def test_a_run_that_is_run_again_meanwhile_is_not_touched_by_that(system: System, racers: Racers) -> None:
    """Half of the time it is cancelled, too. The new run is its own: it completes, whatever becomes of the old one."""

    async def race() -> tuple[Accepted, bool, Accepted | None]:
        run = await racers.start(workflow)
        is_cancelled, new = await asyncio.gather(racers.cancel(run), racers.repeat(run, "rerun"))
        return run, is_cancelled, new

    async with system.witness() as target:
        target.delay_seconds = DELAY_SECONDS
        workflow = await system.create(links(target, 2))
        await system.worker()
        told = await repeatedly(TIMES, race)
        await system.verify()
    for run, is_cancelled, new in told:
        assert await racers.end(run) == (CANCELLED if is_cancelled else ("completed", None))
        assert new is not None
        assert await racers.end(new) == ("completed", None)
        assert {f"{new.id}::n0", f"{new.id}::n1"} <= target.by_step.keys()


async def test_a_run_that_is_resumed_twice_at_once_hands_on_what_it_has_done(system: System, racers: Racers) -> None:
    """While it fails, and is cancelled, too: it has not failed yet, or each new run takes over its first step."""

    async def race() -> tuple[Accepted, bool, list[Accepted | None]]:
        run = await racers.start(workflow)
        resuming = asyncio.gather(*(racers.repeat(run, "resume-from/n0") for _ in range(2)))
        is_cancelled = await racers.cancel(run)
        return run, is_cancelled, await resuming

    async with system.witness() as target, system.witness(answer(status="500 Oh no")) as ill:
        target.delay_seconds = ill.delay_seconds = DELAY_SECONDS / 3
        workflow = await system.create(chain(hook("n0", target), hook("n1", ill)))
        await system.worker()
        told = await repeatedly(TIMES, race)
        await system.verify()
    failed = ("failed", "Webhook request failed: 500 Oh no")
    for run, is_cancelled, new in told:
        assert await racers.end(run) == (CANCELLED if is_cancelled else failed)
        for resumed in filter(None, new):
            assert await racers.end(resumed) == failed
            assert (f"{resumed.id}::n0" in target.by_step, len(ill.by_step[f"{resumed.id}::n1"])) == (False, 1)


async def test_a_parent_that_is_cancelled_while_its_child_ends_leaves_nothing_behind(
    system: System, racers: Racers
) -> None:
    async def race() -> tuple[Accepted, bool]:
        run = await racers.start(parent)
        return run, await racers.cancel(run)

    async with system.witness() as target:
        target.delay_seconds = DELAY_SECONDS
        child = await system.create(called(hook("errand", target)))
        parent = await system.create(chain(calling("c", child), hook("after", target)))
        await system.worker()
        told = await repeatedly(TIMES, race)
        await system.verify()
    children = {
        row.parent_run_id: (row.status, row.error_message)
        for row in await system.rows("SELECT parent_run_id, status, error_message FROM runs WHERE parent_run_id <> ''")
    }
    for run, is_cancelled in told:
        assert await racers.end(run) == (CANCELLED if is_cancelled else ("completed", None))
        went_on = f"{run.id}::after" in target.by_step
        assert went_on or is_cancelled
        ends = {("completed", None)} if went_on else {CANCELLED, ("completed", None)}
        assert children.get(run.id, CANCELLED) in ends
