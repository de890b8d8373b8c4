"""Valkey refuses, cuts connections, hands out everything twice: every run ends in time, and no call is repeated."""

import asyncio
import random
import resource
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from arq.constants import job_key_prefix
from redis.exceptions import RedisError

from app.embedded.valkey import Valkey
from app.queue.jobs import EPOCH_KEY, QUEUE, URGENT_LIST, WAKE_LIST
from tests.faults.ledger import Ledger
from tests.faults.rush import Rush, process_of, rushing
from tests.faults.system import until
from tests.fixtures.relay import CuttingRelay

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


async def test_a_full_valkey_loses_no_run_and_is_emptied(rush: Rush) -> None:
    """What was in the queue when it became full is taken out of it all the same, which is what makes room again."""
    redis = rush.system.redis
    for _ in range(3):
        with rush.unheard():
            await rush.start(20)
            assert await redis.zcard(QUEUE) > 0
            await redis.config_set("maxmemory", 1)
        with rush.ledger.lasting("Valkey full (maxmemory)"):
            await rush.start(50)
            await rush.all_end()
            assert await redis.zcard(QUEUE) == 0
            await redis.config_set("maxmemory", 0)
        await rush.recovers()
    await rush.verify()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of a process that runs already")
async def test_a_full_disk_of_valkey_loses_no_run(rush: Rush, valkey: Valkey, servers_folder: Path) -> None:
    """Its file may not grow any more, so that it refuses whatever would have to be written there."""
    _, hard = resource.prlimit(process_of(valkey).pid, resource.RLIMIT_FSIZE)
    for _ in range(3):
        await rush.start(50)
        [file] = (servers_folder / "valkey").glob("appendonlydir/*.incr.aof")
        with rush.ledger.lasting("disk of Valkey full"):
            resource.prlimit(process_of(valkey).pid, resource.RLIMIT_FSIZE, (file.stat().st_size, hard))
            await until(lambda: refuses(rush))
            await rush.start(50)
            await rush.all_end()
            resource.prlimit(process_of(valkey).pid, resource.RLIMIT_FSIZE, (hard, hard))
            await until(lambda: accepts(rush))
        await rush.recovers()
    await rush.verify()


async def accepts(rush: Rush) -> bool:
    try:
        await rush.system.redis.set("written", "1")
    except RedisError:
        return False
    return True


async def refuses(rush: Rush) -> bool:
    return not await accepts(rush)


async def test_keys_of_wrong_types_lose_no_run(rush: Rush, chance: random.Random) -> None:
    """Each key of the queue in turn is something else than it should be, so that its commands fail half way."""
    redis = rush.system.redis
    for key in chance.sample([QUEUE, WAKE_LIST, URGENT_LIST, EPOCH_KEY], 4):
        with rush.ledger.lasting("a key of Valkey of a wrong type"):
            async with redis.pipeline(transaction=True) as together:
                together.delete(key)
                together.hset(key, "odd", "1")
                await together.execute()
            await rush.start(30)
            await rush.all_end()
            await redis.delete(key)
        await rush.recovers()
    await rush.verify()


async def test_connections_that_are_killed_each_second_lose_no_run(rush: Rush) -> None:
    redis = rush.system.redis
    for _ in range(10):
        rush.ledger.note("CLIENT KILL of all connections to Valkey")
        for kind in ("normal", "pubsub"):
            await redis.client_kill_filter(_type=kind, skipme=True)
        await rush.start(20)
        await asyncio.sleep(1)  # not a wait for something: how often they are killed
    await rush.all_end()
    await rush.recovers()
    await rush.verify()


async def test_pauses_lose_no_run(rush: Rush, chance: random.Random) -> None:
    """It makes everybody wait for a while, longer or shorter than requests have patience for."""
    for _ in range(8):
        milliseconds = chance.choice([50, 150, 500, 1500])
        with rush.ledger.lasting("CLIENT PAUSE of Valkey"):
            await rush.system.redis.client_pause(milliseconds, all=True)
            await rush.start(30)
            await asyncio.sleep(milliseconds / 1000)
        await rush.all_end()
        await rush.recovers()
    await rush.verify()


@asynccontextmanager
async def cut(valkey: Valkey, folder: Path) -> AsyncIterator[CuttingRelay]:
    """Give a relay to a Valkey, which cuts nothing yet."""
    upstream = Path(valkey.url.removeprefix("unix://"))
    async with CuttingRelay(upstream, folder / "cut.sock", lambda _: False) as relay:
        yield relay


async def test_connections_that_are_cut_in_the_middle_lose_no_run(
    make_database: Callable[[], str],
    valkey: Valkey,
    servers_folder: Path,
    tmp_path: Path,
    ledger: Ledger,
    chance: random.Random,
) -> None:
    """Half a request reaches Valkey, or half an answer comes back of what it has done."""
    async with (
        cut(valkey, servers_folder) as relay,
        rushing(make_database(), f"unix://{servers_folder}/cut.sock", tmp_path, ledger) as rush,
    ):

        def cuts(_: int) -> bool:
            is_cut = chance.random() < 0.2
            if is_cut:
                ledger.note("connection to Valkey cut")
            return is_cut

        for _ in range(5):
            relay.cuts = cuts
            await rush.start(40)
            relay.cuts = lambda _: False
            await rush.all_end()
            await rush.recovers()
        await rush.verify()


async def test_jobs_that_come_twice_and_out_of_order_lose_no_run(
    make_database: Callable[[], str], valkey: Valkey, tmp_path: Path, ledger: Ledger, chance: random.Random
) -> None:
    """The queue's jobs are put into it again, shuffled, while their runs are due and once more when they are over."""
    async with rushing(make_database(), valkey.url, tmp_path, ledger, workers=2) as rush:
        for _ in range(4):
            with rush.unheard():
                await rush.start(40)
                bodies = await queued(rush)
                await enqueue(rush, bodies, chance)
            await rush.all_end()
            await enqueue(rush, bodies, chance)
            await until(lambda: is_empty(rush))
        await rush.recovers()
        await rush.verify()


async def queued(rush: Rush) -> list[bytes]:
    redis = rush.system.redis
    jobs = [job.decode() for job in await redis.zrange(QUEUE, 0, -1)]
    assert jobs != []
    return [body for body in await redis.mget(job_key_prefix + job for job in jobs) if body is not None]


async def enqueue(rush: Rush, bodies: list[bytes], chance: random.Random) -> None:
    async with rush.system.redis.pipeline(transaction=False) as pipeline:
        for body in chance.sample(bodies, len(bodies)):
            rush.ledger.note("job delivered again")
            job = uuid4().hex
            pipeline.set(job_key_prefix + job, body)
            pipeline.zadd(QUEUE, {job: chance.randint(1, 1_000_000)})
            pipeline.lpush(WAKE_LIST, 1)
        await pipeline.execute()


async def is_empty(rush: Rush) -> bool:
    return bool(await rush.system.redis.zcard(QUEUE) == 0)
