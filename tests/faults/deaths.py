"""How workers die in experiments: at a crash point while there is work, or in the middle of a call."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tests.faults.programs import Program
from tests.faults.system import PATIENCE_SECONDS, System
from tests.faults.witness import Witness

FEED_SECONDS = 0.3  # until more work comes, where a point has not been passed often enough


async def dies_at(program: Program, point: str, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` over and over until the program has been killed at its crash point.

    However often it has to pass it, it is certain to get there.
    """
    name = program.name

    async def feed() -> None:
        while program.is_running:
            await work()
            await asyncio.wait([dying], timeout=FEED_SECONDS)

    dying = asyncio.create_task(program.died(f"kill -9 of {name}: {point}"))
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(feed())
        await dying


async def die_in_turn(
    system: System, chance: random.Random, points: Sequence[str], passes: int, work: Callable[[], Awaitable[object]]
) -> None:
    """Let one worker after the other die, each at a point of its own, which it passes up to `passes` times."""
    for point in points:
        worker = await system.worker(crash=f"{point}:{chance.randint(1, passes)}")
        await dies_at(worker, point, work)


async def killed_at_call(worker: Program, target: Witness, number: int, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work`, and kill the worker as soon as it has asked a target so many times, and not been answered yet."""
    killed = target.at_call(number, worker.kill)
    await work()
    await happens(killed)
    assert worker.exit_status() == -signal.SIGKILL, worker.said()


async def happens(moment: asyncio.Event) -> None:
    """Wait for a moment that must come."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await moment.wait()


@dataclass(frozen=True, slots=True)
class Leases:
    """The runs that one worker held at a moment, and by which fences."""

    runs: Sequence[str]
    fences: Sequence[int]

    @classmethod
    async def of(cls, system: System, worker: Program) -> "Leases":
        held = "SELECT runs.id, fence FROM runs JOIN workers ON workers.id = lease_owner WHERE pid = :pid"
        rows = await system.rows(held, pid=worker.pid)
        return cls([row.id for row in rows], [row.fence for row in rows])

    async def are_others(self, system: System) -> None:
        """Wait until somebody else has claimed each of these runs that is not over."""
        left = (
            "SELECT NOT EXISTS (SELECT FROM runs JOIN unnest(CAST(:runs AS text[]), CAST(:fences AS bigint[]))"
            " AS held(id, fence) USING (id, fence) WHERE status NOT IN ('completed', 'failed'))"
        )
        await system.holds(left, runs=list(self.runs), fences=list(self.fences))
