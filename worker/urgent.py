"""Hearing, through Redis, of what somebody waits for: runs and tests of nodes, while there is room for them."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.queue.jobs import URGENT_LIST

POP_SECONDS = 1.0  # the longest a pop blocks
RECONNECT_SECONDS = 0.5

log = structlog.get_logger()


class UrgentSlots(Protocol):
    """Where there must be room before anything is taken: what is left in the list is for other workers."""

    slot_freed: asyncio.Event

    @property
    def free_urgent_slots(self) -> int: ...


async def take_urgent_forever(redis: Redis, slots: UrgentSlots, heard: Mapping[str, Callable[[str], None]]) -> None:
    """Hand each id to the callable for its prefix."""
    while True:
        try:
            if slots.free_urgent_slots > 0:
                await _take(redis, slots, heard)
            else:
                await _wait_for_room(slots)
        except (RedisError, OSError, TimeoutError):
            await asyncio.sleep(RECONNECT_SECONDS)


async def _take(redis: Redis, slots: UrgentSlots, heard: Mapping[str, Callable[[str], None]]) -> None:
    popped = await redis.execute_command("BRPOP", URGENT_LIST, POP_SECONDS)  # type: ignore[no-untyped-call] # brpop() takes whole seconds only
    if popped is None:
        return
    if slots.free_urgent_slots <= 0:  # they went elsewhere meanwhile, or this worker leaves: it is for another one
        await redis.execute_command("RPUSH", URGENT_LIST, popped[1])  # type: ignore[no-untyped-call] # as above
        return
    urgent_id = popped[1].decode(errors="replace")
    hand_on = next((call for prefix, call in heard.items() if urgent_id.startswith(prefix)), None)
    if hand_on is None:
        log.warning("unknown_urgent", id=urgent_id[:100])
    else:
        hand_on(urgent_id)


async def _wait_for_room(slots: UrgentSlots) -> None:
    slots.slot_freed.clear()
    with suppress(TimeoutError):
        async with asyncio.timeout(POP_SECONDS):
            await slots.slot_freed.wait()
