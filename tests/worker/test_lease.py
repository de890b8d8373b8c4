"""Who lives and who is dead: the lease as its holder sees it, and as the others do."""

import asyncio
import os
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.clock import Clock
from app.core.db import WORKER_ROLE, create_engine
from tests.fixtures.clock import ManualClock
from tests.worker.leased import somebody_waits_for_a_lock
from tests.worker.world import World, until
from worker.execution.beat import BeatThread
from worker.execution.lease import (
    BEAT_SECONDS,
    DEAD_AFTER_SECONDS,
    EFFECT_MARGIN_SECONDS,
    Beat,
    Identity,
    Lease,
    boot_id,
    pid_namespace,
    started_ticks,
)
from worker.execution.looking import LONGEST_GAP_SECONDS, Observer, Peer

LOOK_SECONDS = 3.0
ELSEWHERE = Peer("wrk_far", 0, "another boot", "another namespace", 1, 1, is_dead=False)


def here(pid: int, started: int) -> Peer:
    return Peer("wrk_near", 0, boot_id(), pid_namespace(), pid, started, is_dead=False)


def test_a_lease_that_was_never_confirmed_does_not_hold() -> None:
    assert not Lease(ManualClock()).holds()


def test_a_lease_holds_until_two_seconds_before_the_others_would_take_over() -> None:
    clock = ManualClock()
    lease = Lease(clock)
    lease.renewed(clock.boottime())
    clock.advance(DEAD_AFTER_SECONDS - EFFECT_MARGIN_SECONDS - 0.01)
    assert lease.holds()
    clock.advance(0.02)
    assert not lease.holds()


def test_a_lease_counts_from_before_its_beat_was_sent() -> None:
    clock = ManualClock()
    lease = Lease(clock)
    sent_at = clock.boottime()
    clock.advance(7)  # the answer took its time
    lease.renewed(sent_at)
    assert not lease.holds()


def test_a_lost_lease_does_not_hold() -> None:
    clock = ManualClock()
    lease = Lease(clock)
    lease.renewed(clock.boottime())
    lease.lost()
    assert not lease.holds()


@given(gaps=st.lists(st.floats(0.1, 10), max_size=12))
def test_a_worker_that_beats_is_never_declared_dead_however_seldom_we_look(gaps: list[float]) -> None:
    clock = ManualClock()
    observer = Observer(clock)
    for beat, gap in enumerate(gaps):
        assert observer.judge([replace(ELSEWHERE, beat=beat)]) == []
        clock.advance(gap)


@given(gaps=st.lists(st.floats(0.1, 60), min_size=1, max_size=12))
def test_a_silent_worker_is_dead_after_eight_readable_seconds(gaps: list[float]) -> None:
    """A pause between two looks counts for no more than looks are apart: we may not have been able to read."""
    clock = ManualClock()
    observer = Observer(clock)
    assert observer.judge([ELSEWHERE]) == []
    readable = 0.0
    for gap in gaps:
        clock.advance(gap)
        readable += min(gap, LONGEST_GAP_SECONDS)
        is_dead = observer.judge([ELSEWHERE]) == [ELSEWHERE]
        assert is_dead or readable < DEAD_AFTER_SECONDS + 1e-6
        assert not is_dead or readable > DEAD_AFTER_SECONDS - 1e-6


def test_one_beat_starts_the_count_anew() -> None:
    clock = ManualClock()
    observer = Observer(clock)
    for beat in (0, 0, 0, 1, 1, 1):
        assert observer.judge([replace(ELSEWHERE, beat=beat)]) == []
        clock.advance(LOOK_SECONDS)


def test_who_comes_later_is_not_blamed_for_the_time_before() -> None:
    clock = ManualClock()
    observer = Observer(clock)
    observer.judge([])
    clock.advance(LOOK_SECONDS)
    assert observer.judge([ELSEWHERE]) == []
    clock.advance(LOOK_SECONDS)
    assert observer.judge([ELSEWHERE]) == []


def test_who_is_declared_dead_already_is_not_named_again() -> None:
    clock = ManualClock()
    observer = Observer(clock)
    for _ in range(5):
        assert observer.judge([replace(ELSEWHERE, is_dead=True)]) == []
        clock.advance(LOOK_SECONDS)


@pytest.mark.skipif(not boot_id(), reason="this system does not tell its boots apart")
def test_a_process_that_is_gone_is_dead_at_once() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    zombie = here(pid, 1)
    assert Observer(ManualClock()).judge([zombie]) == [zombie]
    os.waitpid(pid, 0)
    gone = here(pid, 1)
    assert Observer(ManualClock()).judge([gone]) == [gone]


@pytest.mark.skipif(not boot_id(), reason="this system does not tell its boots apart")
def test_a_later_process_with_the_same_number_does_not_pass_for_the_worker() -> None:
    pid = os.getpid()
    started = started_ticks(pid)
    assert started is not None
    assert Observer(ManualClock()).judge([here(pid, started)]) == []
    assert Observer(ManualClock()).judge([here(pid, started - 1)]) == [here(pid, started - 1)]


@pytest.mark.parametrize("where", [{"boot_id": "another"}, {"pid_ns": "another"}])
def test_a_number_means_nothing_on_another_machine_or_in_another_namespace(where: dict[str, str]) -> None:
    stranger = replace(here(0, 1), **where)  # type: ignore[arg-type] # one field of type str each
    assert Observer(ManualClock()).judge([stranger]) == []


async def test_a_worker_beats_and_its_beats_are_seen(world: World) -> None:
    async with world.worker() as worker:
        await world.holds("SELECT beat >= 2 FROM workers WHERE id = :id", id=worker.id)
        assert worker.parts.presence._senses.lease.holds()


class FlakyEngine:
    """Fails in a way that nobody has foreseen, and then works."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.failures = [RuntimeError("something unforeseen"), KeyError("something else")]

    def connect(self) -> AsyncConnection:
        if self.failures:
            raise self.failures.pop()
        return self._engine.connect()

    async def dispose(self) -> None:
        await self._engine.dispose()


async def test_beats_go_on_whatever_one_of_them_ran_into(world: World) -> None:
    heard: list[Beat] = []
    url = world.settings.database_url.get_secret_value()
    engine = FlakyEngine(open_beats(url))
    thread = BeatThread(lambda: cast("AsyncEngine", engine), Lease(world.clock), world.clock, heard.append)
    await thread.register(world.database, Identity.of_this_process(world.ids))
    thread.start()
    await until(lambda: len(heard) > 0)
    thread.stop()
    await asyncio.to_thread(thread.join)
    assert (engine.failures, heard[0].alive) == ([], True)


async def test_a_worker_that_was_declared_dead_hears_it_with_its_next_beat(world: World) -> None:
    heard: list[Beat] = []
    lease = Lease(world.clock)
    url = world.settings.database_url.get_secret_value()
    thread = BeatThread(lambda: open_beats(url), lease, world.clock, heard.append)
    await thread.register(world.database, Identity.of_this_process(world.ids))
    await world.execute("UPDATE workers SET dead_at = started_at")
    thread.start()
    await until(lambda: len(heard) > 0)
    thread.stop()
    await asyncio.to_thread(thread.join)
    assert (heard[0].alive, lease.holds()) == (False, False)
    assert (await world.rows("SELECT beat FROM workers"))[0].beat == 0


class NotingLease(Lease):
    """Remembers from when each renewal counts."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.counted_from: list[float] = []

    def renewed(self, sent_at: float) -> None:
        super().renewed(sent_at)
        self.counted_from.append(sent_at)


async def test_a_beat_that_took_its_time_counts_from_before_it_was_sent(world: World) -> None:
    url = world.settings.database_url.get_secret_value()
    lease = NotingLease(world.clock)
    heard: list[Beat] = []
    thread = BeatThread(lambda: open_beats(url), lease, world.clock, heard.append)
    await thread.register(world.database, Identity.of_this_process(world.ids))
    async with world.database.connect() as rival:
        await rival.execute(*world.statement("SELECT FROM workers FOR UPDATE"))
        thread.start()
        await somebody_waits_for_a_lock(world)
        waiting_since = world.clock.boottime()
        await rival.rollback()
    await until(lambda: len(heard) > 0)
    thread.stop()
    await asyncio.to_thread(thread.join)
    assert lease.counted_from[1] < waiting_since


def open_beats(url: str) -> AsyncEngine:
    engine = create_engine(url, role=WORKER_ROLE, pool_size=1, application="test")
    return engine.execution_options(isolation_level="AUTOCOMMIT")


async def test_a_worker_whose_loop_hangs_stops_beating(world: World) -> None:
    async with world.worker() as worker:
        thread = worker.parts.presence._beat
        assert thread is not None
        await world.holds("SELECT beat > 0 FROM workers")  # and the next one is seconds away
        thread._owner_is_awake = lambda: None  # type: ignore[method-assign] # as when the loop runs nothing
        thread._owner_seen -= 60
        [before] = await world.rows("SELECT beat FROM workers")
        for _ in range(20):
            thread.beat_now()
            await asyncio.sleep(BEAT_SECONDS / 50)
        assert await world.rows("SELECT beat FROM workers") == [before]
