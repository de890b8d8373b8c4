"""The phases: what is done to the server, and what is read off it."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from app.core.json import loads_object
from bench.baseline import BareLoop
from bench.load import Connection, Tally, closed_loop, connections, open_loop
from bench.target import PATH, Target
from bench.usage import Meter, Used
from bench.wire import Message, request
from bench.workflow import CONTEXT, definition

IN_FLIGHT = 32
RATE = 20.0  # starts a second where latency is measured: far from what the machine can do
PATIENCE_SECONDS = 60.0  # for calls to come, and for runs to end, once nothing happens any more
_LOOK_SECONDS = 2.0
_CREATED = 201


class RefusedError(Exception):
    """The server does not take the workflow that is to be measured."""


@dataclass(frozen=True, slots=True)
class Drain:
    """One round of accepting runs at 32 in flight while the worker works them off."""

    runs: int
    starts_per_second: float
    drained_per_second: float
    answered_in: Sequence[float]  # seconds from request to 202
    slowest: float  # seconds from request to target
    used: Used  # until the last run has ended


@dataclass(slots=True)
class Bench:
    """One workflow on one server. What was accepted must arrive, once; `faults` says where a phase found otherwise."""

    port: int
    token: str
    target: Target
    meter: Meter
    execute: bytes = b""
    accepted: int = 0
    faults: list[str] = field(default_factory=list)

    async def create_workflow(self) -> None:
        async with connections(self.port, 1) as (line,):
            answer = await line.ask(request("POST", "/workflows", definition(self.target.url), self.token))
        if answer.status != _CREATED:
            raise RefusedError(f"The workflow was refused: {answer.body.decode()}")
        path = f"/workflows/{loads_object(answer.body)['id']}/execute"
        self.execute = request("POST", path, CONTEXT, self.token)

    async def drain(self, runs: int) -> Drain:
        self.target.forget()
        before = await self.meter.read()
        async with connections(self.port, IN_FLIGHT) as lines:
            tally = await closed_loop(lines, self.execute, runs)
            await self._check(tally)
        await self.settle()
        used = (await self.meter.read()).since(before)
        travels = self._travels(tally)
        last_call_at = max(self.target.reached_at.values(), default=math.inf)
        starts = len(tally.begun_at) / (tally.last_at - tally.first_at)
        drained = len(travels) / (last_call_at - tally.first_at)
        return Drain(runs, starts, drained, tally.answered_in, max(travels, default=math.nan), used)

    async def travel(self, runs: int) -> list[float]:
        """Start runs at a steady rate and return the seconds each took from request to target."""
        self.target.forget()
        async with connections(self.port, IN_FLIGHT) as lines:
            tally = await open_loop(lines, self.execute, runs, RATE)
            await self._check(tally)
        return self._travels(tally)

    async def answer(self, runs: int) -> list[float]:
        """Start runs one after another, each when the one before has reached its target; return seconds to the 202."""
        answered_in = []
        async with connections(self.port, 1) as lines:
            for _ in range(runs):
                self.target.forget()
                tally = await closed_loop(lines, self.execute, 1)
                await self._check(tally)
                answered_in += tally.answered_in
        return answered_in

    async def idle(self, seconds: float) -> Used:
        """Do nothing for so long; return what was used meanwhile."""
        before = await self.meter.read()
        await asyncio.sleep(seconds)
        return (await self.meter.read()).since(before)

    async def settle(self) -> None:
        """Wait until every run has ended: the last call at the target is a commit short of that."""
        until = perf_counter() + PATIENCE_SECONDS
        while await self.meter.live_runs() and perf_counter() < until:  # noqa: ASYNC110 -- it happens in another process
            await asyncio.sleep(0.05)

    async def check_states(self) -> None:
        """Compare what was accepted with what the database says became of it."""
        states = await self.meter.states()
        if states != {"completed": self.accepted}:
            self.faults.append(f"{self.accepted} runs were accepted, and the database has {states}.")

    async def _check(self, tally: Tally) -> None:
        accepted, target = tally.begun_at.keys(), self.target
        self.accepted += len(accepted)
        await self._await_calls(len(accepted))
        lost = accepted - target.reached_at.keys()
        doubled = target.calls.total() - len(target.reached_at)
        strangers = target.strangers + len(target.reached_at.keys() - accepted)
        if tally.refused or lost or doubled or strangers:
            self.faults.append(
                f"Of {tally.expected} starts {tally.refused.total()} were refused {dict(tally.refused)}, {len(lost)} "
                f"never reached the target, {doubled} reached it again, and {strangers} calls were of no accepted run. "
                + await self.meter.fates(lost)
            )

    async def _await_calls(self, runs: int) -> None:
        """Wait for all calls, as long as there are runs from which they may come."""
        until = perf_counter() + PATIENCE_SECONDS
        while not await self.target.wait_for(runs, _LOOK_SECONDS):
            if perf_counter() > until or not await self.meter.live_runs():
                return

    def _travels(self, tally: Tally) -> list[float]:
        reached_at = self.target.reached_at
        return [reached_at[run_id] - begun_at for run_id, begun_at in tally.begun_at.items() if run_id in reached_at]


async def bare_travel(loop: BareLoop, target: Target, runs: int) -> list[float]:
    """Return the seconds from the first commit to the target at the same rate, with nothing of Virga between."""
    target.forget()
    begun = []
    async with connections(target.port, 1) as (line,):
        for number in range(runs):
            await asyncio.sleep(1 / RATE)
            begun.append((perf_counter(), f"fl_run_{number:026}"))
            await _bare_run(loop, line, begun[-1][1])
    return [target.reached_at[run_id] - begun_at for begun_at, run_id in begun]


async def _bare_run(loop: BareLoop, line: Connection, name: str) -> Message:
    ids = loop.new_ids(1)
    await loop.start(ids)
    await loop.claim(ids)
    answer = await line.ask(request("POST", PATH, f'{{"message":"Welcome!","run_id":"{name}"}}'.encode()))
    await loop.end(ids)
    return answer


async def bare_answer(loop: BareLoop, runs: int) -> list[float]:
    """Return the seconds that a bare commit of one new run takes."""
    answered_in = []
    for _ in range(runs):
        begun_at = perf_counter()
        await loop.start(loop.new_ids(1))
        answered_in.append(perf_counter() - begun_at)
    return answered_in
