"""Going on behind a node of a run that failed: a new run, which has what was done before in its journal already."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from app.graph.errors import GraphError
from app.graph.graph import Graph, build
from app.graph.inheritance import NotResumableError, OldStep, changed_bodies, inherited_steps
from app.graph.model import Definition
from app.graph.settle import StepStatus
from app.graph.wire import read
from app.http.idempotency.once import Once, Purpose
from app.nodes import CATALOGUE
from app.runs.errors import NodeNotFoundError, NodeNotResumableError, RunNotFailedError, RunNotFoundError
from app.runs.repeating import OldRun, Repeats, WhichDefinition
from app.runs.repository.inheritance import CountedRow, Inheritances, rows_of
from app.runs.schemas import RunRepeated
from app.runs.states import RunStatus


@dataclass(frozen=True, slots=True)
class Resuming:
    """Resumes failed runs."""

    repeats: Repeats
    inheritances: Inheritances
    once: Once

    async def resume(self, run_id: str, node_id: str, definition: WhichDefinition) -> RunRepeated:
        """Start a run that goes on behind a node; an inactive workflow's too.

        Raises `RunNotFoundError`, `RunNotFailedError`, `WrongTriggerError`, `NodeNotFoundError`,
        `NodeNotResumableError`, and what `Once.answer` raises.
        """
        purpose = Purpose("resume", f"{run_id}/{node_id}")
        act = partial(self._resume, run_id, node_id, definition)
        return await self.once.answer(self.repeats.work, purpose, RunRepeated, act)

    async def _resume(self, run_id: str, node_id: str, definition: WhichDefinition) -> RunRepeated:
        old = await self.repeats.find(run_id)
        if old.found.row.status != RunStatus.FAILED:
            raise RunNotFailedError(run_id, old.found.row.status)
        version = old.version(definition)
        counted = await self.inheritances.counted(run_id)
        await self._check_node(old, node_id, counted)
        graph = await self._graph(old, version, node_id)
        changed = await self._changed(old, version, graph)
        inherited = rows_of(_inherited(graph, counted, node_id, changed), counted)
        run = await self.repeats.start(old, version, node_id)
        if not await self.inheritances.copy(run_id, run.id, inherited):
            raise RunNotFoundError(run_id)  # its age came meanwhile
        steps = "1 step" if len(inherited) == 1 else f"{len(inherited)} steps"
        message = f'The run goes on behind "{node_id}" and takes over {steps}.'
        return self.repeats.answer(old, run, "run.resume", message)

    async def _check_node(self, old: OldRun, node_id: str, counted: Sequence[CountedRow]) -> None:
        """Raise `NodeNotFoundError` or, where it ran inside an iterator, `NodeNotResumableError`."""
        places = [row.path for row in counted if row.node_id == node_id]
        if "" in places:
            return
        if places:
            reason = (
                f'The node "{node_id}" lies inside an iterator; resume from the iterator, or from a node before it.'
            )
            raise NodeNotResumableError(node_id, reason)
        original = await self._definition(old, old.found.row.workflow_version)
        if all(spec.id != node_id for spec in original.nodes):
            raise NodeNotFoundError(node_id)

    async def _graph(self, old: OldRun, version: int, node_id: str) -> Graph:
        try:
            return await asyncio.to_thread(build, await self._definition(old, version), CATALOGUE)
        except GraphError as error:
            raise NodeNotResumableError(node_id, f"Version {version} cannot be executed any more: {error}") from None

    async def _changed(self, old: OldRun, version: int, graph: Graph) -> frozenset[str]:
        """Return the iterators whose items are not to be taken over."""
        original = old.found.row.workflow_version
        if version == original or len(graph.members) == 1:
            return frozenset()
        try:
            return changed_bodies(build(await self._definition(old, original), CATALOGUE), graph)
        except GraphError:
            return frozenset(node_id for node_id in graph.members if node_id is not None)

    async def _definition(self, old: OldRun, version: int) -> Definition:
        graph = await self.repeats.workflows.graph(old.workflow.id, version)
        definition, _ = read(graph.nodes, graph.edges)
        return definition


def _inherited(graph: Graph, counted: Sequence[CountedRow], node_id: str, changed: frozenset[str]) -> frozenset[str]:
    steps = {
        row.node_id: OldStep(row.component_id, StepStatus(row.status), row.handle) for row in counted if not row.path
    }
    try:
        return inherited_steps(graph, steps, node_id, changed)
    except NotResumableError as error:
        raise NodeNotResumableError(node_id, str(error)) from None
