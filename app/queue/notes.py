"""Hearing, on one connection a process, that something which a request waits for has changed.

A note carries ids only, and losing it costs time: whoever waits also looks into Postgres now and then.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.queue.jobs import NOTES_CHANNEL

RECONNECT_SECONDS = 0.5
LISTEN_SECONDS = 5.0  # after which a connection that says nothing is asked whether it still lives
CONNECTED_PACE_SECONDS = 1.0  # between two looks of somebody who waits, while notes can be heard
DEAF_PACE_SECONDS = 0.25  # and while they cannot

log = structlog.get_logger()


class Hub:
    """Hands notes on to whoever waits here. `close` wakes all of them for good."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._hears = False
        self.is_closing = False

    @property
    def pace_seconds(self) -> float:
        """Return how long to wait for a note before looking all the same."""
        return CONNECTED_PACE_SECONDS if self._hears else DEAF_PACE_SECONDS

    @contextmanager
    def listening(self, subject: str) -> Iterator[asyncio.Event]:
        """Give an event that is set at each note about `subject`, a run's id for example."""
        event = asyncio.Event()
        self._listeners[subject].add(event)
        try:
            yield event
        finally:
            self._listeners[subject].discard(event)
            if not self._listeners[subject]:
                del self._listeners[subject]

    async def listen_forever(self) -> None:
        """Hear notes, whatever happens to Redis."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError, TimeoutError) as error:
                self._hears = False
                log.warning("notes_unheard", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)

    def close(self) -> None:
        """Let nobody wait any longer: the process is about to end."""
        self.is_closing = True
        self._wake(list(self._listeners))

    async def _listen(self) -> None:
        async with self._redis.pubsub() as channel:
            await channel.subscribe(NOTES_CHANNEL)
            while True:
                message = await channel.get_message(ignore_subscribe_messages=True, timeout=LISTEN_SECONDS)
                if not self._hears:
                    self._hears = True
                    self._wake(list(self._listeners))  # what was said meanwhile is lost
                if message is not None:
                    self._wake(message["data"].decode(errors="replace").split())

    def _wake(self, subjects: list[str]) -> None:
        for subject in subjects:
            for event in self._listeners.get(subject, ()):
                event.set()
