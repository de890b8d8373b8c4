"""Attempts in flight: each is a task that ends in an outcome and nudges the run it belongs to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.clock import Clock
from app.core.config import LimitSettings
from app.core.ids import IdSource
from app.graph.graph import Graph
from app.graph.node import Action
from app.graph.outcome import Outcome, WaitKind
from app.graph.ports import Http, Outside, Platform
from app.graph.vault import vault_names_of
from app.runs.form_tokens import FormTokens
from worker.adapters.platform import Platforms
from worker.execution.attempt import attempt, idempotency_key
from worker.execution.claimed import Claimed
from worker.execution.context import StepContext
from worker.execution.journal import Journal
from worker.execution.recorder import Recorder, Timing
from worker.execution.secrets import RunSecrets
from worker.execution.state import RunState
from worker.execution.steps import WaitRow
from worker.execution.timers import OpenWait
from worker.execution.vault import Secrets
from worker.execution.waits import Asked


@dataclass(frozen=True, slots=True)
class Tools:
    """What all executions of a worker share.

    `effect_gate` returns once the lease holds for long enough, `inbox` what was asked of a run meanwhile, `expire` a
    form that nobody can answer any more.
    """

    clock: Clock
    ids: IdSource
    journal: Journal
    http: Http
    platforms: Platforms
    limits: LimitSettings
    effect_gate: Callable[[], Awaitable[None]]
    inbox: Callable[[str], Awaitable[Asked]]
    expire: Callable[[WaitRow], Awaitable[WaitRow]]
    form_tokens: FormTokens

    def outside(self, secrets: RunSecrets, platform: Platform) -> Outside:
        """Return the ways out of one step, whose secrets are masked in what comes back."""
        return Outside(http=secrets.watched(self.http), platform=platform)


@dataclass(frozen=True, slots=True)
class Flight:
    """One attempt under way, with the wait that it goes on from, if it does."""

    node_id: str
    attempt: int
    started_at: datetime
    started: float
    task: asyncio.Task[Outcome]
    wait: OpenWait | None


class Flights:
    """The attempts of one run that are under way."""

    def __init__(self, run: Claimed, graph: Graph, state: RunState, recorder: Recorder, tools: Tools) -> None:
        self._run = run
        self._graph = graph
        self._state = state
        self._recorder = recorder
        self._tools = tools
        self._airborne: dict[asyncio.Task[Outcome], Flight] = {}
        self._landed: list[Flight] = []
        self._aborted: list[Flight] = []
        self.nudge = asyncio.Event()

    def __len__(self) -> int:
        return len(self._airborne)

    def start(self, node_id: str, number: int, wait: OpenWait | None = None) -> None:
        """Begin an attempt; or, given a wait of the node's own, let the node go on from it."""
        task = asyncio.create_task(self._work(node_id, number, wait))
        clock = self._tools.clock
        self._airborne[task] = Flight(node_id, number, clock.now(), clock.monotonic(), task, wait)
        task.add_done_callback(self._land)

    def take_landed(self) -> list[Flight]:
        """Remove and return the attempts that have ended, in the order in which they did."""
        landed, self._landed = self._landed, []
        return landed

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

    def _land(self, task: asyncio.Task[Outcome]) -> None:
        flight = self._airborne.pop(task)
        is_aborted = task.cancelled()
        (self._aborted if is_aborted else self._landed).append(flight)
        if not is_aborted:
            task.exception()  # seen: a run that was dropped asks none of its attempts how it went
        self.nudge.set()

    async def _work(self, node_id: str, number: int, wait: OpenWait | None) -> Outcome:
        node = self._graph.nodes[node_id]
        if not isinstance(node, Action):
            raise TypeError(f"{node_id} is a trigger; a run begins there once")
        secrets = self._run.secrets
        found = await secrets.look_up(vault_names_of(node) if self._graph.vault_names else ())
        if node.has_effect:
            # Nothing may happen outside before all that led to it is durable and the lease is sure.
            await self._recorder.flush()
            await self._tools.effect_gate()
        if wait is not None and wait.may_be_answered:
            await self._recorder.flush()
            wait = replace(wait, row=await self._tools.expire(wait.row))
        context = self._context(node, number, found)
        if wait is None or wait.row.kind == WaitKind.RETRY:
            work = node.run(context)
        else:
            work = node.resume(context, await secrets.masked(wait.resolution))
        return await attempt(
            secrets.guard(work), component_id=node.component_id, timeout_seconds=context.timeout_seconds
        )

    def _context(self, node: Action, number: int, secrets: Secrets) -> StepContext:
        limit = self._tools.limits.node_seconds
        return StepContext(
            run_id=self._run.id,
            now=self._state.became_ready_at(node.node_id),
            attempt=number,
            idempotency_key=idempotency_key(self._run.id, "", node.node_id),
            timeout_seconds=min(node.action_settings.timeout_seconds or limit, limit),
            output_bytes=self._tools.limits.output_bytes,
            outside=self._tools.outside(
                self._run.secrets, self._tools.platforms.of_workflow(self._run.org_id, self._run.workflow_id)
            ),
            roots=self._state.roots(node.node_id),
            context_bytes=self._state.context_bytes,
            secrets=secrets,
        )
