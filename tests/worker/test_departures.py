"""A lease that runs out between an attempt's beginning and its sending."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.fixtures.target import Target
from tests.worker.leased import somebody_waits_for_a_lock
from tests.worker.world import RunningWorker, World, call, chain, text, until


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    async with Target() as target:
        yield target


@asynccontextmanager
async def no_beats(world: World, worker: RunningWorker) -> AsyncIterator[AsyncConnection]:
    """Let the worker's lease run out right behind the gate, and no beat through before the block is over."""
    presence = worker.parts.presence
    pass_gate = presence.effect_gate
    async with world.database.connect() as rival:
        await rival.execute(*world.statement("SELECT FROM workers FOR UPDATE"))

        async def lapse_behind() -> None:
            await pass_gate()
            presence.effect_gate = pass_gate  # type: ignore[method-assign] # what it was
            presence._senses.lease.lost()

        presence.effect_gate = lapse_behind  # type: ignore[method-assign] # once
        yield rival


async def test_nothing_is_sent_after_a_lease_has_run_out_until_the_next_beat(world: World, target: Target) -> None:
    workflow = await world.add_workflow(*chain(call("a", target.url(), body="x")))
    async with world.worker() as worker:
        async with no_beats(world, worker) as rival:
            run = await world.start(workflow)
            await until(lambda: target.connections > 0)
            await somebody_waits_for_a_lock(world)  # the beat that was asked for
            assert target.requests == []
            await rival.rollback()
        [row] = await world.ended(run)
    assert (row.status, row.fence, len(target.requests)) == ("completed", 1, 1)


async def test_a_worker_that_was_declared_dead_sends_nothing_of_what_it_had_begun(world: World, target: Target) -> None:
    """The run is taken over, and its step made by whoever has it then."""
    workflow = await world.add_workflow(*chain(call("a", target.url(), body="x")))
    async with world.worker() as worker:
        async with no_beats(world, worker) as rival:
            run = await world.start(workflow)
            await until(lambda: target.connections > 0)
            await rival.execute(*world.statement("UPDATE workers SET dead_at = now()"))
            await rival.commit()
        [row] = await world.ended(run)
    assert (row.status, row.fence, row.takeovers, len(target.requests)) == ("completed", 2, 1, 1)


async def test_a_step_without_effects_goes_on_without_a_lease(world: World) -> None:
    workflow = await world.add_workflow(*chain(text("a", "x")))
    async with world.worker() as worker, no_beats(world, worker) as rival:
        worker.parts.presence._senses.lease.lost()
        [row] = await world.ended(await world.start(workflow))
        await rival.rollback()
    assert row.status == "completed"
