"""The thread that beats ends when it is asked to, also while a beat is under way."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import create_engine
from tests.worker.world import PATIENCE_SECONDS, World
from worker.execution import beat as beats
from worker.execution.beat import BeatThread
from worker.execution.lease import Identity, Lease

HAS_TO_WAIT = "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted"
NEVER_SECONDS = 3600.0


async def test_a_stop_during_a_beat_is_not_slept_through(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "BEAT_SECONDS", NEVER_SECONDS)
    url = world.settings.database_url.get_secret_value()

    def open_database() -> AsyncEngine:
        engine = create_engine(url, role=None, pool_size=1, application="test")
        return engine.execution_options(isolation_level="AUTOCOMMIT")

    thread = BeatThread(open_database, Lease(world.clock), world.clock, lambda _: None)
    identity = Identity.of_this_process(world.ids)
    await thread.register(world.database, identity)
    statement, parameters = world.statement("SELECT id FROM workers WHERE id = :id FOR UPDATE", id=identity.worker_id)
    async with world.database.begin() as held:
        await held.execute(statement, parameters)
        thread.start()
        await world.holds(HAS_TO_WAIT)
        thread.stop()
    await asyncio.to_thread(thread.join, PATIENCE_SECONDS)
    assert not thread.is_alive()
