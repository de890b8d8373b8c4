"""Real executions over a journal in memory: runs that die, park and go on within a millisecond, without a database."""

import asyncio
import weakref
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import ClassVar, Self, cast

from app.core.clock import format_time
from app.core.config import LimitSettings
from app.core.ids import IdSource
from app.core.json import JsonObject, JsonValue, loads_object
from app.graph.catalogue import Catalogue
from app.graph.context import NodeContext
from app.graph.errors import PermanentError, TemporaryError
from app.graph.graph import build
from app.graph.node import Action, ActionSettings
from app.graph.outcome import DEFAULT, ERROR, Outcome, Success, Wait, WaitKind
from app.graph.settle import StepStatus
from app.graph.wire import read
from app.nodes.data_mapper import DataMapper
from app.nodes.iterator import Iterator
from app.runs.form_tokens import FormTokens
from app.runs.repository.ends import RunEnd
from tests.factories.graphs import Start
from tests.worker.memory import NOON, RUN, Memory, Park, Reading, TickingClock
from worker.execution.callees import Callees
from worker.execution.claimed import Claimed
from worker.execution.definitions import Versioned
from worker.execution.departure import EffectGate
from worker.execution.executor import Execution, Parting
from worker.execution.flight import Tools
from worker.execution.outside import WaysOut
from worker.execution.secrets import RunSecrets
from worker.execution.steps import StepRow
from worker.execution.vault import Vault
from worker.execution.waits import Inbox

MOST_DRIVES = 1_000  # a run that parks more often than this goes on for ever
PATIENCE_SECONDS = 5.0  # a run that takes longer at a time hangs: nothing in it takes any
WORKFLOW, ORG = "fl_1", "org"


class WorkSettings(ActionSettings):
    plan: list[str]  # what an attempt comes to, by the index of the item
    effect: bool = False


class Work(Action):
    """Succeeds by a handle, fails, fails at first, or waits, as its plan says."""

    component_id = "work"
    settings_type = WorkSettings
    example: ClassVar[JsonObject] = {"plan": [DEFAULT]}

    def __init__(self, node_id: str, settings: WorkSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return self.settings.effect

    def handles(self) -> tuple[str, ...]:
        return (DEFAULT, "a", ERROR)

    async def run(self, ctx: NodeContext) -> Outcome:
        await asyncio.sleep(0)
        plan = self.settings.plan
        if self.has_effect:
            _attempts(ctx).append(_Attempt(ctx.idempotency_key, ctx.attempt, ctx.now))
        match plan[_index(ctx) % len(plan)]:
            case "fail":
                raise PermanentError("It failed.")
            case "flaky" if ctx.attempt == 1:
                raise TemporaryError("It failed for now.")
            case "nap":
                return Wait(WaitKind.DELAY, ctx.now + timedelta(seconds=60))
            case "doze":
                return Wait(WaitKind.DELAY, ctx.now + timedelta(seconds=600))
            case "a":
                return Success({"at": _place(ctx)}, "a")
            case "output":
                return Success(Output.new())
        return Success({"at": _place(ctx)})

    async def resume(self, ctx: NodeContext, resolution: Mapping[str, JsonValue]) -> Outcome:
        assert resolution["due_at"] > format_time(ctx.now)  # type: ignore[operator] # the moment of a timer is a text
        return Success({"at": _place(ctx)})


class Output(dict[str, JsonValue]):
    """Says how many there are, itself included."""

    ALIVE: ClassVar[weakref.WeakSet["Output"]] = weakref.WeakSet()
    __hash__ = object.__hash__  # type: ignore[assignment] # to be counted by identity

    @classmethod
    def new(cls) -> Self:
        output = cls()
        cls.ALIVE.add(output)
        output["alive"] = len(cls.ALIVE)
        return output


CATALOGUE = Catalogue((Start, Work, Iterator, DataMapper))


@dataclass(frozen=True, slots=True)
class _Attempt:
    key: str
    number: int
    now: datetime


def _index(ctx: NodeContext) -> int:
    index = ctx.roots.get("index", 0)  # type: ignore[attr-defined] # the worker's context has it
    return int(index)


def _attempts(ctx: NodeContext) -> list[_Attempt]:
    return cast("list[_Attempt]", ctx.outside)


def _place(ctx: NodeContext) -> str:
    """Return path and node, as the step's key has them."""
    return ctx.idempotency_key.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Came:
    """What a run came to: its rows, how it ended, and the attempts that had an effect."""

    rows: Sequence[StepRow]
    end: RunEnd
    attempts: Sequence[_Attempt]
    parks: Sequence[Park]

    @property
    def counted(self) -> dict[tuple[str, str], tuple[StepStatus, str | None]]:
        """Return by path and node what each step came to, without what was cut off."""
        return {(row.path, row.node_id): (row.status, row.handle) for row in self.rows if row.status != "warning"}

    def output(self, path: str, node_id: str) -> JsonObject:
        [found] = [row for row in self.rows if (row.path, row.node_id) == (path, node_id) and row.status != "warning"]
        return loads_object(found.output)

    @property
    def moments(self) -> dict[tuple[str, int], set[datetime]]:
        """Return what was `now` in each attempt at a step."""
        found: dict[tuple[str, int], set[datetime]] = defaultdict(set)
        for one in self.attempts:
            found[one.key, one.number].add(one.now)
        return found


def simulate(
    nodes: Iterable[JsonObject],
    edges: Iterable[JsonObject],
    *,
    deaths: Sequence[int] = (),
    limits: LimitSettings | None = None,
) -> Came:
    """Run a workflow to its end. `deaths` says how many entries each worker but the last writes before it dies."""
    return asyncio.run(_simulate(list(nodes), list(edges), list(deaths), limits or LimitSettings()))


async def _simulate(nodes: list[JsonObject], edges: list[JsonObject], deaths: list[int], limits: LimitSettings) -> Came:
    definition, issues = read(list[JsonValue](nodes), list[JsonValue](edges))
    assert not issues
    graph = build(definition, CATALOGUE)
    clock, attempts = TickingClock(), list[_Attempt]()
    memory = Memory(clock, deaths)
    tools = _tools(memory, attempts, limits)
    run = _claimed(Versioned(WORKFLOW, 1, "Test", graph))
    for _ in range(MOST_DRIVES):
        run = replace(run, fence=run.fence + 1)
        execution = Execution(run, graph, tools)
        async with asyncio.timeout(PATIENCE_SECONDS):
            parting = await execution.drive(memory.recorded(), list(memory.waits.values()))
        if memory.end is not None:
            return Came(memory.rows, memory.end, attempts, memory.parks)
        if parting is Parting.PARKED:
            clock.jump(memory.next_due_at)
        else:
            assert parting is Parting.DROPPED
            memory.lives.pop(0)
    raise AssertionError("the run goes on for ever")


def _tools(memory: Memory, attempts: list[_Attempt], limits: LimitSettings) -> Tools:
    async def at_once() -> None:
        return None

    nowhere = SimpleNamespace(of_workflow=lambda *_: None, of_step=lambda *_: None)
    ways_out = SimpleNamespace(platforms=nowhere, vaults=nowhere, of_step=lambda *_: attempts)
    return Tools(
        clock=memory.clock,
        ids=IdSource(memory.clock),
        journal=memory,
        ways_out=cast("WaysOut", ways_out),
        callees=cast("Callees", None),
        limits=limits,
        effect_gate=EffectGate(lambda: True, at_once),
        inbox=cast("Inbox", None),
        restorer=Reading(memory),
        form_tokens=cast("FormTokens", None),
    )


def _claimed(versioned: Versioned) -> Claimed:
    return Claimed(
        id=RUN,
        org_id=ORG,
        workflow_id=WORKFLOW,
        workflow_version=1,
        trigger_type="manual",
        trigger_payload={},
        fence=0,
        takeovers=0,
        active_ms=0,
        cancel_requested_at=None,
        created_at=NOON,
        started_at=NOON,
        priority=0,
        resumed_node_id=None,
        parent_run_id=None,
        depth=0,
        claimed_at=NOON,
        versioned=versioned,
        trigger_step=None,
        secrets=RunSecrets(cast("Vault", None), ORG, frozenset(), {}),
    )
