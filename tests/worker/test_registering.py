"""A worker that starts while the database hardly answers: it works as soon as its row is there, or leaves when told."""

import asyncio
from pathlib import Path

from pydantic import SecretStr

from tests.fixtures.fault_proxy import Deed, Delay, FaultProxy, Refuse
from tests.fixtures.postgres_messages import Asked
from tests.worker.world import RunningWorker, World, chain, text, until
from worker.execution.lease import Beat
from worker.lifespan import open_worker
from worker.main import serve

_REGISTERS = "INSERT INTO workers"


class LostRegistration:
    """Loses the answer to the commit of the first registration."""

    def __init__(self) -> None:
        self.registrations = 0

    def __call__(self, asked: Asked) -> Deed | Delay | Refuse:
        self.registrations += _REGISTERS in asked.sql
        return Deed.LOSE if asked.is_commit and self.registrations == 1 else Deed.PASS


async def test_a_worker_that_does_not_hear_of_its_registration_registers_again(world: World, tmp_path: Path) -> None:
    workflow = await world.add_workflow(*chain(text("a", "x")))
    policy = LostRegistration()
    async with FaultProxy(world.settings.database_url.get_secret_value(), tmp_path, policy) as proxy:
        async with world.worker(database_url=proxy.url) as worker:
            [row] = await world.ended(await world.start(workflow))
            registered = {found.id for found in await world.rows("SELECT id FROM workers")}
        assert (proxy.lost > 0, policy.registrations) == (True, 2)
    assert row.status == "completed"
    assert worker.id in registered


class SlowRenewal:
    """Lets every registration but the first take its time. `asked` counts them."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, asked: Asked) -> Deed | Delay:
        self.asked += _REGISTERS in asked.sql
        return Delay(0.3) if _REGISTERS in asked.sql and self.asked > 1 else Deed.PASS


async def declared_dead(world: World, worker: RunningWorker, policy: SlowRenewal) -> None:
    """Let a worker find out that it was declared dead, and begin to register anew."""
    await world.execute("UPDATE workers SET dead_at = now() WHERE id = :id", id=worker.id)
    worker.parts.presence._beat.beat_now()  # type: ignore[union-attr] # it beats
    await until(lambda: policy.asked > 1)


async def test_a_worker_that_leaves_while_it_takes_a_new_id_is_waited_for_by_nobody(
    world: World, tmp_path: Path
) -> None:
    policy = SlowRenewal()
    async with FaultProxy(world.settings.database_url.get_secret_value(), tmp_path, policy) as proxy:
        async with world.worker(database_url=proxy.url) as worker:
            first = worker.id
            await declared_dead(world, worker, policy)
        rows = await world.rows("SELECT dead_at FROM workers WHERE id = :id", id=worker.id)
    assert worker.id != first
    assert rows[0].dead_at is not None


async def test_a_worker_that_is_killed_while_it_takes_a_new_id_never_gets_it(world: World, tmp_path: Path) -> None:
    policy = SlowRenewal()
    database_url = world.settings.database_url.get_secret_value()
    async with (
        FaultProxy(database_url, tmp_path, policy) as proxy,
        world.worker(database_url=proxy.url) as worker,
    ):
        await declared_dead(world, worker, policy)
        renewing = worker.parts.presence.tasks
        await worker.die(world)
        assert [task.cancelled() for task in renewing] == [True]
    assert await world.rows("SELECT id FROM workers WHERE dead_at IS NULL") == []


async def test_what_a_beat_tells_a_worker_that_was_killed_registers_nobody(world: World) -> None:
    async with world.worker() as worker:
        await worker.die(world)
        worker.parts.presence._heard(Beat(alive=False))
        await asyncio.gather(*worker.parts.presence.tasks)
    assert [row.id for row in await world.rows("SELECT id FROM workers")] == [worker.id]


async def test_a_worker_that_cannot_register_leaves_when_asked_to(world: World, tmp_path: Path) -> None:
    asked = 0

    def refuse(statement: Asked) -> Deed | Refuse:
        nonlocal asked
        asked += _REGISTERS in statement.sql
        return Refuse("53300") if _REGISTERS in statement.sql else Deed.PASS

    async with FaultProxy(world.settings.database_url.get_secret_value(), tmp_path, refuse) as proxy:
        settings = world.settings.model_copy(update={"database_url": SecretStr(proxy.url)})
        async with open_worker(settings) as parts:
            stop = asyncio.Event()
            serving = asyncio.create_task(serve(parts, stop))
            await until(lambda: asked > 1)
            stop.set()
            assert await serving == 0
    assert await world.rows("SELECT id FROM workers") == []
