"""A target that remembers when it was asked what, so that experiments can tell what was done twice, and why."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.calls import step_of
from tests.fixtures.target import Target


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it arrived: `at` in seconds of the wall clock, `step` its Idempotency-Key."""

    at: float
    step: str
    request: bytes


class Witness(Target):
    """Keeps every call. `on_call` hears the number of each, from 1 on, before it is answered."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__(*answers)
        self.calls: list[Call] = []
        self.on_call: Callable[[int], None] = lambda _: None

    def reply(self, request: bytes) -> bytes:
        self.calls.append(Call(time.time(), step_of(request), request))  # noqa: TID251 -- compared with commits
        self.on_call(len(self.calls))
        return super().reply(request)

    def at_call(self, number: int, act: Callable[[], object]) -> asyncio.Event:
        """Act in the midst of the call of that number, counted from now on. Returns an event that is set then."""
        acted, at = asyncio.Event(), len(self.calls) + number

        def on_call(calls: int) -> None:
            if calls == at:
                act()
                acted.set()

        self.on_call = on_call
        return acted

    @property
    def by_step(self) -> dict[str, list[Call]]:
        """Return the calls of each step, in order."""
        steps: dict[str, list[Call]] = defaultdict(list)
        for call in self.calls:
            steps[call.step].append(call)
        return steps
