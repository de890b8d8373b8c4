"""A run's result: what a parent or a waiting caller gets from its steps, and an iterator from the steps of an item."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from app.graph.graph import Graph
from app.graph.outcome import ERROR


class CountedStep(Protocol):
    """A step that counted. `handle` is the way that was taken from it; None where the run ended there."""

    @property
    def node_id(self) -> str: ...

    @property
    def handle(self) -> str | None: ...


S = TypeVar("S", bound=CountedStep)


def responding_step(graph: Graph, steps: Sequence[S]) -> S | None:
    """Return the step whose output is the result, given the steps of one path in the order in which they were recorded.

    It is that of the node that ended the run; else of the last responding one that succeeded; else of the node that
    finished last among those from which no edge was taken. None where no step is any of these.
    """
    going_on = [step for step in steps if step.handle is not None]
    enders = [step for step in steps if step.handle is None and graph.nodes[step.node_id].ends_run]
    responding = [step for step in going_on if step.handle != ERROR and graph.nodes[step.node_id].responds]
    leaves = [step for step in going_on if not _goes_on(graph, step)]
    chosen = next((found for found in (enders, responding, leaves) if found), None)
    return chosen[-1] if chosen else None


def _goes_on(graph: Graph, step: CountedStep) -> bool:
    return any(edge.source_handle == step.handle for edge in graph.outgoing[step.node_id])
