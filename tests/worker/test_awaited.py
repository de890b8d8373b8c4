"""Runs that somebody waits for: claimed by one statement, which records nothing."""

import asyncio
from collections.abc import Sequence

import pytest

from app.core.json import dumps
from app.core.statements import Driver, Row
from app.runs.repository.starts import RunStart
from tests.fixtures.target import SILENCE, Target
from tests.worker.leased import claimer_of
from tests.worker.world import World, call, chain, text
from worker.execution.claim import Claimer, Versions

GONE = """
    INSERT INTO workers (id, beat, boot_id, pid_ns, pid, pid_started, started_at)
    SELECT 'wrk_gone', 0, 'another machine', '', 1, 1, now() - interval '1 hour'
"""


async def awaited(world: World, *nodes: dict[str, object]) -> str:
    workflow = await world.add_workflow(*chain(*nodes))
    start = RunStart("org-a", workflow, 1, "manual", dumps({"context": {}}), "test", priority=1)
    return (await world.starter.start(start)).id


async def test_an_awaited_run_whose_worker_died_before_its_first_record_begins_anew(world: World) -> None:
    run = await awaited(world, text("a", "x"))
    await world.execute(GONE)
    [claimed] = await claimer_of(world).claim_hinted("wrk_gone", [run], urgent=True)
    assert (claimed.fence, claimed.trigger_step, await world.steps(run)) == (1, None, [])
    await world.execute("UPDATE workers SET dead_at = now() WHERE id = 'wrk_gone'")
    async with world.worker():
        [row] = await world.ended(run)
    assert (row.status, row.fence) == ("completed", 2)
    assert await world.steps(run) == [("t", "success"), ("a", "success")]


async def test_an_awaited_run_whose_claim_broke_off_behind_its_commit_ends_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Claimer._load_versions
    broken = asyncio.Event()

    async def load_later(self: Claimer, driver: Driver, rows: Sequence[Row]) -> Versions:
        if rows and not broken.is_set():
            broken.set()
            raise OSError("The connection is gone.")
        return await load(self, driver, rows)

    monkeypatch.setattr(Claimer, "_load_versions", load_later)
    async with world.worker():
        run = await awaited(world, text("a", "x"))
        await world.holds("SELECT fence = 1 FROM runs WHERE id = :id", id=run)
        await world.looked_twice()
        [row] = await world.ended(run)
    assert (row.status, row.fence, row.takeovers) == ("completed", 2, 0)


async def test_all_that_led_to_an_effect_of_an_awaited_run_is_durable_before_it_starts(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        run = await awaited(world, call("hook", target.url()))
        await target.asked.wait()
        assert await world.steps(run) == [("t", "success")]
