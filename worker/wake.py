"""arq's Worker, woken by a blocking pop instead of a poll, taking jobs in batches, and outliving any loss of Redis.

A job here is a hint: it carries an id, it is handed on in microseconds, and losing it costs seconds at most, since
looking finds the run in Postgres. That is why jobs are taken for good at once, without arq's lease and retries.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol
from uuid import uuid4

import orjson
import structlog
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import DeserializationError, deserialize_job_raw
from arq.typing import WorkerCoroutine
from arq.worker import Worker, func
from redis.exceptions import RedisError

from app.queue.jobs import EPOCH_KEY, QUEUE, WAKE_LIST

WAKE_SECONDS = 1.0  # the longest a pop blocks: also how soon a flushed Redis is noticed
RECONNECT_SECONDS = 0.5

# KEYS queue, epoch; ARGV how many, job key prefix, a new epoch. Answers the epoch, how many were there, and their
# bodies. Scores only order: no job is for later, and clocks that disagree by a millisecond must not hide one.
# A full Redis refuses what needs memory, so nothing is set that is there: taking jobs is what makes room.
_TAKE = """
local epoch = redis.pcall('GET', KEYS[2])
if type(epoch) ~= 'string' then
  epoch = ARGV[3]
  redis.call('SET', KEYS[2], epoch)
end
local bodies = {}
local ids = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
for i, id in ipairs(ids) do
  local body = redis.call('GET', ARGV[2] .. id)
  if body then bodies[#bodies + 1] = body end
  redis.call('DEL', ARGV[2] .. id)
  redis.call('ZREM', KEYS[1], id)
end
return {epoch, #ids, bodies}
"""


log = structlog.get_logger()


class Slots(Protocol):
    """Where jobs are handed on to."""

    slot_freed: asyncio.Event

    @property
    def free_slots(self) -> int: ...


class WakeWorker(Worker):
    """Takes jobs only while there are free slots; calls `lost_rings()` when Redis may have forgotten some."""

    def __init__(
        self,
        jobs: Mapping[str, WorkerCoroutine],
        redis: ArqRedis,
        slots: Slots,
        lost_rings: Callable[[], None],
    ) -> None:
        super().__init__(
            [func(job, name=name) for name, job in jobs.items()],
            queue_name=QUEUE,
            redis_pool=redis,
            handle_signals=False,
            keep_result=0,
            max_tries=1,
            job_serializer=orjson.dumps,
            job_deserializer=orjson.loads,
        )
        self._slots = slots
        self._lost_rings = lost_rings
        self._take = redis.register_script(_TAKE)
        self._epoch = b""

    async def main(self) -> None:
        """Take and hand on jobs until cancelled."""
        connected = True
        while True:
            try:
                more = await self._take_jobs()
                if not connected:
                    self._lost_rings()
                connected = True
                if not more:
                    await self._sleep_until_woken()
            except (RedisError, OSError, TimeoutError):
                connected = False
                await asyncio.sleep(RECONNECT_SECONDS)

    async def _take_jobs(self) -> bool:
        """Hand on as many jobs as there are free slots. Returns whether there may be more."""
        free = self._slots.free_slots
        if free <= 0:
            return False
        words: list[str | int] = [free, job_key_prefix, uuid4().hex]
        epoch, count, bodies = await self._take(keys=[QUEUE, EPOCH_KEY], args=words)
        if epoch != self._epoch:  # each worker has to notice, not only the one that is first to
            self._epoch = epoch
            self._lost_rings()
        for body in bodies:
            await self._hand_on(body)
        return bool(count == free)

    async def _hand_on(self, body: bytes) -> None:
        try:
            name, args, kwargs, _, _ = deserialize_job_raw(body, deserializer=self.job_deserializer)
            await self.functions[name].coroutine(self.ctx, *args, **kwargs)
        except (DeserializationError, KeyError, TypeError) as error:
            log.warning("unknown_job", error=repr(error))  # not one of ours; what it was meant for is in Postgres
            return
        self.jobs_complete += 1

    async def _sleep_until_woken(self) -> None:
        if self._slots.free_slots > 0:
            woken = await self.pool.execute_command("BLPOP", WAKE_LIST, WAKE_SECONDS)  # type: ignore[no-untyped-call] # blpop() takes whole seconds only
            if woken and self._slots.free_slots <= 0:  # they went elsewhere meanwhile, or this worker leaves
                await self.pool.execute_command("LPUSH", WAKE_LIST, 1)  # type: ignore[no-untyped-call] # another one is to wake
            return
        self._slots.slot_freed.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(WAKE_SECONDS):
                await self._slots.slot_freed.wait()
