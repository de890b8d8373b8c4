"""Rate limits, in a real Valkey and without one."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from arq.connections import ArqRedis

from app.http.errors import RateLimitedError
from app.http.rate_limit import RateLimiter
from app.queue.client import connect
from tests.fixtures.clock import ManualClock
from tests.fixtures.target import SILENCE, Target


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[ArqRedis]:
    client = connect(redis_url, timeout_seconds=1, connections=4)
    yield client
    await client.aclose()


async def allowed(limiter: RateLimiter, key: str, tries: int, per_minute: int) -> int:
    """Count how many of `tries` pass."""
    passed = 0
    for _ in range(tries):
        try:
            await limiter.take(key, per_minute)
        except RateLimitedError:
            continue
        passed += 1
    return passed


async def test_a_minutes_worth_passes_and_no_more(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis, ManualClock())
    assert await allowed(limiter, uuid4().hex, tries=30, per_minute=20) == 20


async def test_keys_do_not_share_a_limit(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis, ManualClock())
    assert await allowed(limiter, uuid4().hex, 5, per_minute=5) == 5
    assert await allowed(limiter, uuid4().hex, 5, per_minute=5) == 5


async def test_processes_share_a_limit(redis: ArqRedis) -> None:
    key = uuid4().hex
    assert await allowed(RateLimiter(redis, ManualClock()), key, 3, per_minute=5) == 3
    assert await allowed(RateLimiter(redis, ManualClock()), key, 3, per_minute=5) == 2


async def test_a_refusal_says_when_to_come_back(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis, ManualClock())
    key = uuid4().hex
    await allowed(limiter, key, 20, per_minute=20)
    with pytest.raises(RateLimitedError) as caught:
        await limiter.take(key, 20)
    headers = caught.value.headers
    assert headers["Retry-After"] == "3"
    assert (headers["RateLimit-Limit"], headers["RateLimit-Remaining"]) == ("20", "0")
    assert 55 <= int(headers["RateLimit-Reset"]) <= 60


async def test_the_limit_comes_back_with_time(redis: ArqRedis) -> None:
    limiter = RateLimiter(redis, ManualClock())
    key = uuid4().hex
    await allowed(limiter, key, 1_300, per_minute=1_200)
    await asyncio.sleep(0.06)
    assert await allowed(limiter, key, 1, per_minute=1_200) == 1


async def test_a_bucket_is_forgotten_once_it_is_empty(redis: ArqRedis) -> None:
    key = uuid4().hex
    await RateLimiter(redis, ManualClock()).take(key, 20)
    assert 2_000 < await redis.pttl(f"virga:rate:{key}") <= 3_000


async def test_with_redis_away_requests_pass() -> None:
    away = connect("redis://127.0.0.1:1", timeout_seconds=0.1, connections=2)
    assert await allowed(RateLimiter(away, ManualClock()), "key", 50, per_minute=5) == 50
    await away.aclose()


async def test_a_redis_that_hangs_is_asked_once_a_second() -> None:
    async with Target(SILENCE) as hung:
        client = connect(f"redis://127.0.0.1:{hung.port}", timeout_seconds=0.05, connections=2)
        clock = ManualClock()
        limiter = RateLimiter(client, clock)
        await allowed(limiter, "key", 50, per_minute=5)
        asked = hung.connections
        clock.advance(1)
        await allowed(limiter, "key", 50, per_minute=5)
        assert (asked, hung.connections) == (1, 2)
        await client.aclose()
