"""Requests that race with runs: each is sent at a random moment, and its answer is held against what came of it."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import httpx

from tests.faults.system import Accepted, System

SPAN_SECONDS = 0.4  # in which a short run ends, more or less
AT_ONCE = 6
OK, STARTED, GONE, FINISHED = 200, 202, 410, 409
CANCELLED = ("failed", "Cancelled")

Found = TypeVar("Found")


async def repeatedly(times: int, race: Callable[[], Awaitable[Found]]) -> Sequence[Found]:
    """Run a race so many times, some at once, and return what each found."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def gated() -> Found:
        async with gate:
            return await race()

    return await asyncio.gather(*(gated() for _ in range(times)))


class Racers:
    """Clients of a system who do things at moments that `chance` decides. What they are told is checked at once."""

    def __init__(self, system: System, chance: random.Random) -> None:
        self._system = system
        self._chance = chance

    async def start(self, workflow: str) -> Accepted:
        [run] = await self._system.execute(workflow)
        return run

    async def pause(self, span_seconds: float = SPAN_SECONDS) -> None:
        await asyncio.sleep(self._chance.uniform(0, span_seconds))

    async def post(self, path: str, body: object = None) -> httpx.Response:
        """Ask after a random while."""
        await self.pause()
        return await self._system.http.post(path, json=body)

    async def cancel(self, run: Accepted) -> bool:
        """Cancel a run after a random while. Returns whether it was told to be cancelled."""
        self._system.ledger.note("cancel", excuses=False)
        answer = await self.post(f"/workflows/runs/{run.id}/cancel")
        assert answer.status_code in {STARTED, FINISHED}, answer.text
        return answer.status_code == STARTED

    async def repeat(self, run: Accepted, how: str) -> Accepted | None:
        """Run it again, or resume it, after a random while. None: it was refused."""
        self._system.ledger.note("resume" if how.startswith("resume") else "rerun", excuses=False)
        answer = await self.post(f"/workflows/runs/{run.id}/{how}")
        if answer.status_code != STARTED:
            assert answer.status_code in {FINISHED, 404, 422}, answer.text
            return None
        new = Accepted(str(answer.json()["new_run"]["id"]), 0.0)
        self._system.evidence.accepted.append(new.id)
        return new

    async def end(self, run: Accepted) -> tuple[str, str | None]:
        """Return how a run has ended."""
        [row] = await self._system.rows("SELECT status, error_message FROM runs WHERE id = :id", id=run.id)
        return row.status, row.error_message
