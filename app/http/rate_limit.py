"""Rate limits by GCRA in Redis, shared by all processes. When Redis is away or slow, requests pass."""

import asyncio
import math
from collections.abc import Mapping
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.clock import Clock
from app.http.errors import RateLimitedError

log = structlog.get_logger()

DEADLINE_SECONDS = 0.1  # of every Redis call on a request's path
BREAKER_SECONDS = 1.0  # after a failure nobody asks, so that a hung Redis does not slow down every request
_MINUTE_US = 60_000_000
_PREFIX = "virga:rate:"

# KEYS the bucket; ARGV interval between two requests in µs, burst. Answers allowed (0 or 1), remaining, µs until the
# next request is allowed, µs until the bucket is empty. The key holds the theoretical arrival time.
_GCRA = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local following = arrival + interval
local allowed_at = following - interval * burst
if allowed_at > now then
  return {0, 0, allowed_at - now, arrival - now}
end
redis.call('SET', KEYS[1], string.format('%.0f', following), 'PX', math.ceil((following - now) / 1000))
return {1, math.floor((now - allowed_at) / interval), 0, following - now}
"""


class RateLimiter:
    """Counts requests a key; the burst is a minute's worth."""

    def __init__(self, redis: Redis, clock: Clock) -> None:
        self._gcra = redis.register_script(_GCRA)
        self._clock = clock
        self._closed_until = 0.0

    async def take(self, key: str, per_minute: int) -> Mapping[str, str]:
        """Count one request and return the headers that say what is left; none where nobody could count.

        Raises `RateLimitedError` when there were too many.
        """
        answer = await self._ask(key, per_minute)
        if answer is None:
            return {}
        allowed, remaining, wait, reset = answer
        headers = {
            "RateLimit-Limit": str(per_minute),
            "RateLimit-Remaining": str(remaining),
            "RateLimit-Reset": str(_seconds(reset)),
        }
        if allowed:
            return headers
        message = f"Too many requests; try again in {_seconds(wait)} s."
        raise RateLimitedError(message, headers={"Retry-After": str(_seconds(wait)), **headers})

    async def _ask(self, key: str, per_minute: int) -> tuple[int, int, int, int] | None:
        if self._clock.monotonic() < self._closed_until:
            return None
        interval = max(1, _MINUTE_US // per_minute)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                found = await self._gcra(keys=[_PREFIX + key], args=[interval, per_minute])
        except (RedisError, OSError) as error:
            self._closed_until = self._clock.monotonic() + BREAKER_SECONDS
            log.warning("rate_limit_passes", error=type(error).__name__)
            return None
        return cast("tuple[int, int, int, int]", tuple(found))


def _seconds(microseconds: int) -> int:
    return math.ceil(microseconds / 1_000_000)
