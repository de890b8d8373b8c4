"""Whether a workflow can call those that its nodes name: they must be there, be callable, and not call it in turn."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.core.json import JsonValue
from app.graph import wire
from app.graph.errors import Issue, Severity
from app.graph.node import Trigger
from app.nodes import CATALOGUE
from app.nodes.trigger_workflow import TriggerWorkflow, static_callee
from app.workflows.call_graph import Callee, CallGraph, Named, WaysBack
from app.workflows.callable import CALLABLE, CALLABLE_TRIGGERS

_LISTED = "GET /workflows/triggerable-workflows lists those that can be called."
_NAMED = 10  # of many, in a sentence


class StaticCall(NamedTuple):
    """A node that names the workflow it calls: `place` is its own among the posted nodes."""

    callee_id: str
    node_id: str
    place: int

    @property
    def path(self) -> str:
        return f"nodes[{self.place}].data.workflow_id"


def static_calls(nodes: Sequence[JsonValue]) -> list[StaticCall]:
    """Return the calls whose targets are known before anything runs. Nothing else of the nodes is read."""
    specs = [spec for spec in wire.read(nodes, ())[0].nodes if CATALOGUE.get(spec.component_id) is TriggerWorkflow]
    found = ((spec, static_callee(spec.data)) for spec in specs)
    return [StaticCall(callee, spec.id, spec.index) for spec, callee in found if callee is not None]


def callees_of(nodes: Sequence[JsonValue]) -> frozenset[str]:
    return frozenset(call.callee_id for call in static_calls(nodes))


@dataclass(frozen=True, slots=True)
class CallCheck:
    """What saving and validating have to do with calls. Where nodes name no workflow, nothing is asked."""

    graph: CallGraph

    async def hold(self, nodes: Sequence[JsonValue]) -> None:
        """Let nobody else add calls, or delete what is called, until the commit; before the workflow is locked."""
        if callees_of(nodes):
            await self.graph.hold()

    async def issues(self, nodes: Sequence[JsonValue], caller: Named) -> list[Issue]:
        """Return what is wrong with the calls. The caller's id may be one that does not exist yet."""
        calls = static_calls(nodes)
        if not calls:
            return []
        wanted = {call.callee_id for call in calls}
        callees = await self.graph.callees(wanted)
        below = await self.graph.calls_below(wanted)
        below.pop(caller.id, None)  # what it calls from now on stands in its nodes
        ways_back = await asyncio.to_thread(WaysBack, caller.id, below)  # among some hundred thousand calls, perhaps
        found = (_issue(call, caller, callees, ways_back) for call in calls)
        return [issue for issue in found if issue is not None]

    async def stranded(self, nodes: Sequence[JsonValue], workflow_id: str) -> list[Issue]:
        """Warn where others call the workflow, and its trigger would not let them any more."""
        specs = wire.read(nodes, ())[0].nodes
        kinds = ((spec, CATALOGUE.get(spec.component_id)) for spec in specs)
        triggers = [(spec, kind) for spec, kind in kinds if kind is not None and issubclass(kind, Trigger)]
        if len(triggers) != 1 or triggers[0][1].component_id in CALLABLE_TRIGGERS:
            return []
        callers = await self.graph.callers_of(workflow_id)
        if not callers:
            return []
        spec, kind = triggers[0]
        message = (
            f"{in_words(callers)} would fail to call this workflow: it begins with {kind.component_id}, and only one"
            f" that begins with {CALLABLE} can be called."
        )
        return [Issue(f"{spec.path}.data.componentId", message, spec.id, Severity.WARNING)]

    async def keep(self, caller_id: str, before: Sequence[JsonValue], now: Sequence[JsonValue]) -> None:
        """Write down whom the workflow calls from now on."""
        old, new = callees_of(before), callees_of(now)
        if old and old != new:
            await self.graph.forget(caller_id)
        if new and old != new:
            await self.graph.keep(caller_id, new)


def in_words(workflows: Sequence[Named]) -> str:
    """Name workflows in a sentence; of many, the first."""
    named = [str(workflow) for workflow in workflows[:_NAMED]]
    if len(workflows) > _NAMED:
        named.append(f"{len(workflows) - _NAMED} more")
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def _issue(call: StaticCall, caller: Named, callees: Mapping[str, Callee], ways_back: WaysBack) -> Issue | None:
    callee = callees.get(call.callee_id)
    start = caller if call.callee_id == caller.id else callee.workflow if callee else None
    if start is None:
        message = f'There is no workflow "{call.callee_id}", which {call.node_id} would call. {_LISTED}'
        return Issue(call.path, message, call.node_id)
    if chain := ways_back.chain(start):
        circle = " → ".join(map(str, [caller, *chain[:-1], caller]))
        message = f"{call.node_id} closes a circle of calls, which would never end: {circle}."
        return Issue(call.path, message, call.node_id)
    return _of_callee(call, callee) if callee else None


def _of_callee(call: StaticCall, callee: Callee) -> Issue | None:
    named = f"{call.node_id} calls {callee.workflow}, which"
    if callee.trigger_component not in CALLABLE_TRIGGERS:
        message = (
            f"{named} begins with {callee.trigger_component}; only a workflow that begins with {CALLABLE} can be"
            f" called. {_LISTED}"
        )
        return Issue(call.path, message, call.node_id)
    if not callee.is_active:
        return Issue(call.path, f"{named} is not active: the step would fail.", call.node_id, Severity.WARNING)
    return None
