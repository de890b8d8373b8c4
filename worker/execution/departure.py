"""The way out of one attempt: what it sends goes while the lease holds, and else it is as if it had never begun."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EffectGate:
    """Open while the lease is sure to hold for as long as an effect needs to begin."""

    is_open: Callable[[], bool]
    opened: Callable[[], Awaitable[None]]  # returns when it is


class StepDeparture:
    """Implements `app.graph.ports.Departure`.

    The gate may have closed since the attempt began: connecting takes time, and processes are stopped. As long as
    nothing has left, the attempt is broken off then, as by `asyncio.timeout`, and made anew once the gate is open:
    while it waits it keeps no connection that others would close meanwhile, and its time does not run.
    What belongs to an effect that has begun waits where it is. It is made in the task that makes the attempt.
    """

    def __init__(self, gate: EffectGate) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("An attempt is a task.")
        self._gate = gate
        self._task: asyncio.Task[object] = task
        self._has_left = False
        self._is_turned_back = False

    async def attempt(self, work: Callable[[], Awaitable[T]]) -> T:
        """Await the work once the gate is open, and again as long as it was turned back."""
        cancelled_before = self._task.cancelling()
        while True:
            await self._gate.opened()
            self._is_turned_back = False
            try:
                outcome = await work()
            except asyncio.CancelledError:
                if not self._is_turned_back or self._task.uncancel() > cancelled_before:
                    raise
            else:
                return outcome

    async def leave(self) -> None:
        """See the port."""
        if self.leaves_now():
            return
        if self._has_left:
            await self._gate.opened()
            return
        if not self._is_turned_back:
            self._is_turned_back = True
            self._task.cancel()
        await asyncio.get_running_loop().create_future()  # whoever sends ends with the attempt

    def leaves_now(self) -> bool:
        """See the port."""
        may_leave = not self._is_turned_back and self._gate.is_open()
        self._has_left = self._has_left or may_leave
        return may_leave
