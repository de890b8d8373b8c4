"""What becomes of those who ring while Redis, or its client, does not do as it should."""

import asyncio
from typing import Any

import pytest
from arq.connections import ArqRedis

from app.core.clock import Clock
from app.queue.client import Doorbell


class Swallowing(ArqRedis):
    """Takes a cancellation for the end of what it waits for, as the client may while it sends."""

    def __init__(self) -> None:
        super().__init__(host="127.0.0.1", port=1)
        self.asked = asyncio.Event()

    async def publish(self, *_: Any, **__: Any) -> int:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return 1
        raise AssertionError


async def test_who_is_cancelled_while_ringing_is_cancelled_whatever_the_client_makes_of_it() -> None:
    redis = Swallowing()
    ringing = asyncio.create_task(Doorbell(redis, Clock()).note(["run"]))
    await redis.asked.wait()
    ringing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ringing


async def test_the_deadline_is_no_cancellation() -> None:
    assert await Doorbell(Swallowing(), Clock()).note(["run"])
