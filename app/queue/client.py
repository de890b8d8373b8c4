"""The doorbell: tells workers that there is something to look at. Losing a ring costs speed, never a run."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import uuid4

import orjson
import structlog
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import RedisError

from app.core.clock import Clock
from app.queue.jobs import (
    EXECUTE_RUN,
    NOTES_CHANNEL,
    QUEUE,
    URGENT_LIST,
    WAKE_LIST,
    WATCH_CHANNEL,
    notice_channel,
)

DEADLINE_SECONDS = 0.1  # of every call on a request's path
BREAKER_SECONDS = 1.0  # after a failure nobody tries, so that a hung server is not asked by every request
JOB_LIFETIME_MS = 3_600_000  # a job is a hint; looking finds the run long before this
WAKE_LIST_LENGTH = 64  # more waiting wake-ups than workers serve no purpose
URGENT_LIST_LENGTH = 1000  # whoever waits behind so many hears of it by looking

# KEYS queue, wake list; ARGV job key prefix, score, lifetime in ms, then job id and body by turns.
_ENQUEUE = f"""
for i = 4, #ARGV, 2 do
  redis.call('SET', ARGV[1] .. ARGV[i], ARGV[i + 1], 'PX', ARGV[3])
  redis.call('ZADD', KEYS[1], ARGV[2], ARGV[i])
  redis.call('LPUSH', KEYS[2], 1)
end
redis.call('LTRIM', KEYS[2], 0, {WAKE_LIST_LENGTH - 1})
return 1
"""

# KEYS urgent list; ARGV what is waited for.
_URGE = f"""
redis.call('LPUSH', KEYS[1], unpack(ARGV))
redis.call('LTRIM', KEYS[1], 0, {URGENT_LIST_LENGTH - 1})
return 1
"""

log = structlog.get_logger()

Queue = ArqRedis  # for those that hold or hand on a connection without knowing arq


def connect(url: str, *, timeout_seconds: float, connections: int) -> Queue:
    """Return a client that has not connected yet: a server that is away must not keep a process from starting."""
    pool = ConnectionPool.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=min(timeout_seconds, 1.0),
        max_connections=connections,
    )
    redis = ArqRedis(pool, default_queue_name=QUEUE, job_serializer=orjson.dumps, job_deserializer=orjson.loads)
    redis.auto_close_connection_pool = True
    return redis


class Doorbell:
    """Rings for runs that became due, and tells a worker about a run that it holds."""

    def __init__(self, redis: ArqRedis, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._enqueue = redis.register_script(_ENQUEUE)
        self._urge = redis.register_script(_URGE)
        self._closed_until = 0.0

    async def ring(self, run_ids: Sequence[str], job: str = EXECUTE_RUN) -> bool:
        """Put one job a run into the queue. Returns False where Redis did not take them in time."""
        if not run_ids:
            return True
        score = int(self._clock.now().timestamp() * 1000)
        words: list[bytes | str | int] = [job_key_prefix, score, JOB_LIFETIME_MS]
        for run_id in run_ids:
            words += [uuid4().hex, serialize_job(job, (run_id,), {}, None, score, serializer=orjson.dumps)]
        return await self._within_deadline(lambda: self._enqueue(keys=[QUEUE, WAKE_LIST], args=words))

    async def ring_urgently(self, ids: Sequence[str]) -> bool:
        """Hand ids of what somebody waits for to workers, past all others. Returns False where nobody could hear."""
        return not ids or await self._within_deadline(lambda: self._urge(keys=[URGENT_LIST], args=list(ids)))

    async def note(self, ids: Sequence[str]) -> bool:
        """Tell whoever waits for these that they have changed."""
        return not ids or await self._within_deadline(lambda: self._redis.publish(NOTES_CHANNEL, " ".join(ids)))

    async def watch(self, run_id: str) -> bool:
        """Ask workers to note changes of a run, for a while."""
        return await self._within_deadline(lambda: self._redis.publish(WATCH_CHANNEL, run_id))

    async def tell(self, worker_id: str, run_id: str) -> bool:
        """Let the owner of a run hear, before its next beat, that something was asked of it."""
        return await self._within_deadline(lambda: self._redis.publish(notice_channel(worker_id), run_id))

    async def _within_deadline(self, call: Callable[[], Awaitable[object]]) -> bool:
        if self._clock.monotonic() < self._closed_until:
            return False
        with _cancellation_kept():
            try:
                async with asyncio.timeout(DEADLINE_SECONDS):
                    await call()
            except (RedisError, OSError, TimeoutError) as error:
                self._closed_until = self._clock.monotonic() + BREAKER_SECONDS
                log.warning("redis_away", error=type(error).__name__)
                return False
            return True


@contextmanager
def _cancellation_kept() -> Iterator[None]:
    """Raise `CancelledError` where the block swallowed it: redis-py does while it sends, by `wait_for` of Python 3.11.

    Source: https://github.com/python/cpython/issues/86296
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    yield
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
