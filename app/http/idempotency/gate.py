"""Lets equal requests of this process pass one by one, so that they do not all wait with a connection each.

What makes them one is the database's index, for the requests of all processes; this only spares the pool.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from app.http.idempotency.errors import IdempotencyInProgressError

PATIENCE_SECONDS = 10.0  # for an equal request that is under way

Place = tuple[str, str, str, str]  # organization, route, resource, key


class KeyGate:
    """One lock a place, for as long as somebody holds it or waits for it."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def passing(self, place: Place) -> AsyncIterator[None]:
        """Wait for whoever is there. Raises `IdempotencyInProgressError` where that takes too long."""
        lock = self._locks.setdefault(place, asyncio.Lock())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await lock.acquire()
        except TimeoutError:
            raise IdempotencyInProgressError from None
        try:
            yield
        finally:
            lock.release()
