"""How a worker process ends: whatever its loops are in the middle of."""

import asyncio
from contextlib import suppress

from worker.main import end_all

LONG_SECONDS = 3.0  # and not for ever, so that a failure is no hang


async def deaf(times: int) -> None:
    """Swallow so many cancellations, as a library does that waits for two things at once."""
    for _ in range(times):
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(LONG_SECONDS)
    await asyncio.sleep(LONG_SECONDS)


async def failing() -> None:
    raise ValueError("ended already")


async def test_tasks_that_do_not_hear_at_once_are_ended_all_the_same() -> None:
    tasks: list[asyncio.Task[object]] = [asyncio.create_task(deaf(times)) for times in (0, 1, 2)]
    tasks.append(asyncio.create_task(failing()))
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await end_all(tasks)
    assert [task.cancelled() for task in tasks] == [True, True, True, False]
    assert isinstance(tasks[3].exception(), ValueError)


async def test_ending_nothing_is_no_work() -> None:
    await end_all([])
