"""Hearing, through Redis, what was asked of this worker's runs, sooner than the next beat says it."""

import asyncio
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.queue.jobs import WATCH_CHANNEL, notice_channel

RECONNECT_SECONDS = 0.5
LISTEN_SECONDS = 1.0  # after this the worker's id is looked at again: it changes when its lease is lost


async def listen_forever(
    redis: Redis, worker_id: Callable[[], str], heard: Callable[[str], None], watch: Callable[[str], None]
) -> None:
    """Call `heard` with each run of this worker that something was asked of, `watch` with each that is watched."""
    while True:
        try:
            await _listen(redis, worker_id, heard, watch)
        except (RedisError, OSError, TimeoutError):
            await asyncio.sleep(RECONNECT_SECONDS)


async def _listen(
    redis: Redis, worker_id: Callable[[], str], heard: Callable[[str], None], watch: Callable[[str], None]
) -> None:
    subscribed = worker_id()
    async with redis.pubsub() as channel:
        await channel.subscribe(notice_channel(subscribed), WATCH_CHANNEL)
        while worker_id() == subscribed:
            message = await channel.get_message(ignore_subscribe_messages=True, timeout=LISTEN_SECONDS)
            if message is not None:
                about = watch if message["channel"] == WATCH_CHANNEL.encode() else heard
                about(message["data"].decode(errors="replace"))
