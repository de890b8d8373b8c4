"""Attempts in flight: each is a task that ends in an outcome and nudges the run it belongs to."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.clock import Clock
from app.core.config import LimitSettings
from app.core.ids import IdSource
from app.graph.errors import PermanentError
from app.graph.graph import Graph
from app.graph.node import Action
from app.graph.outcome import Call, Failure, Finish, Iterate, Outcome, Success, Wait, WaitKind
from app.graph.ports import FREE, Departure
from app.graph.settle import StepStatus
from app.graph.vault import vault_names_of
from app.runs.form_tokens import FormPlace, FormTokens
from app.runs.repository.children import ChildRun
from worker.adapters.form_links import WaitLinks
from worker.execution.attempt import Sealed, attempt, idempotency_key, seal
from worker.execution.callees import Callees
from worker.execution.claimed import Claimed
from worker.execution.context import StepContext
from worker.execution.departure import EffectGate, StepDeparture
from worker.execution.items import Items
from worker.execution.iterating import Iteration
from worker.execution.journal import Journal
from worker.execution.outside import WaysOut
from worker.execution.path import PathState
from worker.execution.recorder import Recorder, Timing
from worker.execution.restoring import Restorer
from worker.execution.state import RunState
from worker.execution.timers import OpenWait
from worker.execution.vault import Secrets
from worker.execution.waits import Inbox

Landed = Sealed | Failure | Wait | Finish | ChildRun | Iteration
"""What an attempt came to: of a success what is recorded, of a call the run to be started, of a list of items the
iterator's pass over them."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What all executions of a worker share."""

    clock: Clock
    ids: IdSource
    journal: Journal
    ways_out: WaysOut
    callees: Callees
    limits: LimitSettings
    effect_gate: EffectGate
    inbox: Inbox
    restorer: Restorer
    form_tokens: FormTokens


@dataclass(frozen=True, slots=True)
class Flight:
    """One attempt under way, with the wait that it goes on from, if it does."""

    path: PathState
    node_id: str
    attempt: int
    started_at: datetime
    started: float
    task: asyncio.Task[Landed]
    wait: OpenWait | None


class Flights:
    """The attempts of one run that are under way."""

    def __init__(self, run: Claimed, graph: Graph, state: RunState, recorder: Recorder, tools: Tools) -> None:
        self._run = run
        self._graph = graph
        self._state = state
        self._recorder = recorder
        self._tools = tools
        self._items = Items(run.id, graph, state, recorder, tools.restorer, tools.limits.held_bytes)
        self._airborne: dict[asyncio.Task[Landed], Flight] = {}
        self._landed = deque[Flight]()
        self._aborted: list[Flight] = []
        self.nudge = asyncio.Event()

    def __len__(self) -> int:
        return len(self._airborne)

    def start(self, path: PathState, node_id: str, number: int, wait: OpenWait | None = None) -> None:
        """Begin an attempt; or, given a wait of the node's own, let the node go on from it."""
        task = asyncio.create_task(self._work(path, node_id, number, wait))
        clock = self._tools.clock
        self._airborne[task] = Flight(path, node_id, number, clock.now(), clock.monotonic(), task, wait)
        path.airborne += 1
        task.add_done_callback(self._land)

    def take_landed(self) -> Iterator[Flight]:
        """Remove and give the attempts that have ended, in the order in which they did.

        Each is let go of before the next is given: with it goes what its item, if it is over, has put out.
        """
        while self._landed:
            yield self._landed.popleft()

    async def cut(self) -> list[Flight]:
        """Abort what is under way, and return it; what ended all the same is among the landed."""
        airborne = list(self._airborne)
        for task in airborne:
            task.cancel()
        if airborne:
            await asyncio.wait(airborne)
        aborted, self._aborted = self._aborted, []
        return aborted

    def timing(self, flight: Flight) -> Timing:
        clock = self._tools.clock
        return Timing(flight.started_at, clock.now(), round((clock.monotonic() - flight.started) * 1000))

    def _land(self, task: asyncio.Task[Landed]) -> None:
        flight = self._airborne.pop(task)
        flight.path.airborne -= 1
        is_aborted = task.cancelled()
        (self._aborted if is_aborted else self._landed).append(flight)
        if not is_aborted:
            task.exception()  # seen: a run that was dropped asks none of its attempts how it went
        self.nudge.set()

    async def _work(self, path: PathState, node_id: str, number: int, wait: OpenWait | None) -> Landed:
        node = self._graph.nodes[node_id]
        if not isinstance(node, Action):
            raise TypeError(f"{node_id} is a trigger; a run begins there once")
        found = await self._run.secrets.look_up(vault_names_of(node) if self._graph.vault_names else ())
        departure = StepDeparture(self._tools.effect_gate) if node.has_effect else None
        context = self._context(path, node, number, found, departure or FREE)
        with ExitStack() as held:
            try:
                context = await self._items.with_items(path, node_id, context, held)
            except PermanentError as error:
                return Failure(error.message)
            outcome = await self._attempted(node, context, wait, departure)
        match outcome:
            case Success():
                return self._sealed(outcome)
            case Iterate():
                return await self._items.iteration(path, node_id, outcome)
            case Call():
                return await self._tools.callees.child_of(self._run, outcome)
        return outcome

    def _sealed(self, success: Success) -> Sealed | Failure:
        """Return the success as it waits for its run to go on: many attempts may end at once."""
        try:
            text = seal(success.output, self._tools.limits.output_bytes)
        except PermanentError as error:
            return Failure(error.message)
        return Sealed(text, success.handle, StepStatus.SUCCESS)

    async def _attempted(
        self, node: Action, context: StepContext, wait: OpenWait | None, departure: StepDeparture | None
    ) -> Outcome:
        if departure is not None:
            # Nothing may happen outside before all that led to it is durable.
            await self._recorder.flush()
        if wait is not None and wait.may_be_answered:
            await self._recorder.flush()
            wait = replace(wait, row=await self._tools.inbox.expire(wait.row))
        if departure is None:
            return await self._attempt(node, context, wait)
        return await departure.attempt(lambda: self._attempt(node, context, wait))

    async def _attempt(self, node: Action, context: StepContext, wait: OpenWait | None) -> Outcome:
        return await attempt(
            self._run.secrets.guard(self._outcome(node, context, wait)),
            component_id=node.component_id,
            timeout_seconds=context.timeout_seconds,
        )

    async def _outcome(self, node: Action, context: StepContext, wait: OpenWait | None) -> Outcome:
        if wait is None or wait.row.kind == WaitKind.RETRY:
            return await node.run(context)
        return await node.resume(context, await self._run.secrets.masked(wait.resolution))

    def _context(
        self, path: PathState, node: Action, number: int, secrets: Secrets, departure: Departure
    ) -> StepContext:
        run, limit, ways_out = self._run, self._tools.limits.node_seconds, self._tools.ways_out
        key = idempotency_key(run.id, path.text, node.node_id)
        return StepContext(
            run_id=run.id,
            now=path.became_ready_at(node.node_id),
            attempt=number,
            idempotency_key=key,
            timeout_seconds=min(node.action_settings.timeout_seconds or limit, limit),
            output_bytes=self._tools.limits.output_bytes,
            outside=ways_out.of_step(
                run.secrets,
                departure,
                ways_out.platforms.of_workflow(run.org_id, run.workflow_id),
                ways_out.vaults.of_step(run.org_id, run.id, key),
                WaitLinks(self._tools.form_tokens, FormPlace(run.id, path.text, node.node_id, number)),
            ),
            settings=node.base_settings,
            roots=self._state.roots(path, node.node_id),
            context_bytes=path.context_bytes,
            secrets=secrets,
        )
