"""Jobs that come through Valkey: hints, of which none is needed and any may be odd."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from arq.connections import ArqRedis
from arq.constants import job_key_prefix

from app.core.clock import Clock
from app.queue.client import Doorbell, connect
from app.queue.jobs import EPOCH_KEY, EXECUTE_RUN, QUEUE, URGENT_LIST, WAKE_LIST
from tests.worker.world import until, until_true
from worker.main import end_all
from worker.tasks.execute_run import execute_run
from worker.urgent import take_urgent_forever
from worker.wake import WakeWorker


class Desk:
    """Takes what is handed on, and has so many free slots."""

    def __init__(self, free_slots: int = 10) -> None:
        self.free_slots = self.free_urgent_slots = free_slots
        self.slot_freed = asyncio.Event()
        self.taken: list[str] = []
        self.lost_rings = 0

    def rung(self, run_id: str) -> None:
        self.taken.append(run_id)

    def lose_rings(self) -> None:
        self.lost_rings += 1


class FastClock(Clock):
    def now(self) -> datetime:
        return super().now() + timedelta(hours=1)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[ArqRedis]:
    redis = connect(redis_url, timeout_seconds=3.0, connections=4)
    await redis.flushdb()
    yield redis
    await redis.aclose()


@pytest.fixture
async def desk(redis: ArqRedis) -> AsyncIterator[Desk]:
    desk = Desk()
    async with at_work(redis, desk):
        yield desk


@asynccontextmanager
async def at_work(redis: ArqRedis, desk: Desk) -> AsyncIterator[None]:
    worker = WakeWorker({EXECUTE_RUN: execute_run}, redis, desk, desk.lose_rings)
    worker.ctx["boarding"] = desk
    task: asyncio.Task[object] = asyncio.create_task(worker.main())
    yield
    assert not task.done()
    await end_all([task])


async def put(redis: ArqRedis, *bodies: bytes | None) -> None:
    """Queue jobs with these bodies; None: a job whose body is gone."""
    for body in bodies:
        job_id = uuid4().hex
        if body is not None:
            await redis.set(job_key_prefix + job_id, body)
        await redis.zadd(QUEUE, {job_id: 1})


async def test_jobs_are_handed_on_and_leave_nothing_behind(redis: ArqRedis, desk: Desk) -> None:
    await Doorbell(redis, Clock()).ring(["fl_run_a", "fl_run_b"])
    await until(lambda: sorted(desk.taken) == ["fl_run_a", "fl_run_b"])
    await until(lambda: desk.lost_rings == 1)
    assert await redis.keys("*") == [EPOCH_KEY.encode()]


async def test_odd_jobs_are_passed_over(redis: ArqRedis, desk: Desk) -> None:
    await put(redis, b"junk", b"[]", None, b'{"f": "no_such_job", "a": [], "k": {}, "t": 1, "et": 1}')
    await put(redis, b'{"f": "execute_run", "a": [], "k": {}, "t": 1, "et": 1}')
    await Doorbell(redis, Clock()).ring(["fl_run_a"])
    await until(lambda: desk.taken == ["fl_run_a"])


async def test_a_job_from_a_clock_ahead_of_ours_is_not_put_off(redis: ArqRedis, desk: Desk) -> None:
    await Doorbell(redis, FastClock()).ring(["fl_run_a"])
    await until(lambda: desk.taken == ["fl_run_a"])


async def test_jobs_are_left_to_others_while_no_slot_is_free(redis: ArqRedis, desk: Desk) -> None:
    await until(lambda: desk.lost_rings == 1)
    desk.free_slots = 0
    await Doorbell(redis, Clock()).ring(["fl_run_a"])
    await Doorbell(redis, Clock()).ring(["fl_run_b"])
    other = Desk()
    async with at_work(redis, other):
        await until(lambda: sorted(other.taken) == ["fl_run_a", "fl_run_b"])
    assert desk.taken == []


async def blocked(redis: ArqRedis, command: str) -> None:
    """Wait until somebody waits in this database by a command that pops."""
    own = redis.connection_pool.connection_kwargs.get("db", 0)

    async def waits() -> bool:
        clients = await redis.client_list()
        return any(one["cmd"] == command and "b" in one["flags"] and int(one["db"]) == own for one in clients)

    await until_true(waits)


async def test_a_worker_that_is_woken_in_vain_wakes_another_one(redis: ArqRedis, desk: Desk) -> None:
    await blocked(redis, "blpop")
    desk.free_slots = 0
    await Doorbell(redis, Clock()).ring(["fl_run_a"])
    await until_true(lambda: redis.exists(WAKE_LIST))
    assert (await redis.zcard(QUEUE), desk.taken) == (1, [])


async def test_what_somebody_waits_for_is_handed_back_where_no_slot_is_free_any_more(redis: ArqRedis) -> None:
    desk = Desk()
    task = asyncio.create_task(take_urgent_forever(redis, desk, {"fl_run_": desk.rung}))
    await blocked(redis, "brpop")
    desk.free_urgent_slots = 0
    await Doorbell(redis, Clock()).ring_urgently(["fl_run_a"])
    await until_true(lambda: redis.exists(URGENT_LIST))
    assert desk.taken == []
    desk.free_urgent_slots = 1
    desk.slot_freed.set()
    await until(lambda: desk.taken == ["fl_run_a"])
    await end_all([task])


async def test_rings_may_be_lost_when_the_epoch_is_gone(redis: ArqRedis, desk: Desk) -> None:
    await until(lambda: desk.lost_rings == 1)
    await redis.flushdb()
    await until(lambda: desk.lost_rings == 2)
    assert await redis.get(EPOCH_KEY) is not None


async def test_every_worker_notices_that_the_epoch_is_another(redis: ArqRedis, desk: Desk) -> None:
    other = Desk()
    async with at_work(redis, other):
        await until(lambda: (desk.lost_rings, other.lost_rings) == (1, 1))
        await redis.flushdb()
        await until(lambda: (desk.lost_rings, other.lost_rings) == (2, 2))


async def test_an_epoch_of_another_type_is_replaced(redis: ArqRedis, desk: Desk) -> None:
    await until(lambda: desk.lost_rings == 1)
    await redis.delete(EPOCH_KEY)
    await redis.zadd(EPOCH_KEY, {"odd": 1})
    await until(lambda: desk.lost_rings >= 2)
    await Doorbell(redis, Clock()).ring(["fl_run_a"])
    await until(lambda: desk.taken == ["fl_run_a"])


async def test_rings_may_be_lost_when_the_connection_was(redis: ArqRedis, desk: Desk) -> None:
    await until(lambda: desk.lost_rings == 1)
    await redis.client_kill_filter(_type="normal", skipme=True)
    await until(lambda: desk.lost_rings == 2)
