"""Attempts that are turned back before the gate, and those that end otherwise."""

import asyncio

import pytest

from app.graph.ports import FREE
from tests.fixtures.barrier import Barrier
from tests.worker.world import until
from worker.execution.departure import StepDeparture


async def test_an_attempts_time_does_not_run_while_it_waits() -> None:
    """The time belongs to each beginning: what was turned back has none of it left over."""
    barrier = Barrier()
    begun: list[float] = []

    async def work(departure: StepDeparture) -> str:
        async with asyncio.timeout(60) as limit:
            begun.append(limit.when() or 0)
            await departure.leave()
            return "sent"

    async def attempt() -> str:
        departure = StepDeparture(barrier.gate)
        return await departure.attempt(lambda: work(departure))

    task = asyncio.create_task(attempt())
    await until(barrier.waited_at.is_set)
    barrier.open()
    assert await task == "sent"
    assert begun[1] > begun[0]


async def test_several_that_send_at_once_are_turned_back_together() -> None:
    barrier = Barrier()
    sent: list[int] = []

    async def send(departure: StepDeparture, number: int) -> None:
        await departure.leave()
        sent.append(number)

    async def work(departure: StepDeparture) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(send(departure, number))

    async def attempt() -> None:
        departure = StepDeparture(barrier.gate)
        await departure.attempt(lambda: work(departure))

    task = asyncio.create_task(attempt())
    await until(barrier.waited_at.is_set)
    assert sent == []
    barrier.open()
    await task
    assert (sorted(sent), task.cancelling()) == ([0, 1, 2], 0)


async def test_none_that_sends_beside_one_that_was_turned_back_leaves_although_the_gate_is_open_again() -> None:
    barrier = Barrier()
    sent: list[str] = []
    is_first = True

    async def work(departure: StepDeparture) -> None:
        nonlocal is_first
        was_first, is_first = is_first, False
        if not was_first:
            await departure.leave()
            sent.append("anew")
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(departure.leave())
            group.create_task(late(departure))

    async def late(departure: StepDeparture) -> None:
        barrier.open()  # right behind the other's question
        await departure.leave()
        sent.append("late")

    async def attempt() -> None:
        departure = StepDeparture(barrier.gate)
        await departure.attempt(lambda: work(departure))

    await asyncio.create_task(attempt())
    assert sent == ["anew"]


async def test_an_attempt_that_is_cancelled_while_it_is_turned_back_is_over() -> None:
    barrier = Barrier()

    async def work(departure: StepDeparture) -> None:
        try:
            await departure.leave()
        finally:
            task.cancel()

    async def attempt() -> None:
        departure = StepDeparture(barrier.gate)
        await departure.attempt(lambda: work(departure))

    task = asyncio.create_task(attempt())
    await asyncio.wait([task])
    assert (task.cancelled(), barrier.waited_at.is_set()) == (True, False)


async def test_an_attempts_own_failure_is_not_a_reason_to_begin_anew() -> None:
    barrier = Barrier(closes_behind=False)

    async def work() -> None:
        raise ValueError("no")

    async def attempt() -> None:
        await StepDeparture(barrier.gate).attempt(work)

    with pytest.raises(ValueError, match="no"):
        await asyncio.create_task(attempt())


async def test_what_is_sent_for_no_run_leaves_whenever_it_will() -> None:
    await FREE.leave()
    assert FREE.leaves_now()
