"""Which way a run goes on from a step that succeeded or failed, and what stands in the journal for it."""

from enum import StrEnum
from typing import NamedTuple

from app.core.json import JsonObject
from app.graph.graph import Graph
from app.graph.node import Action
from app.graph.outcome import ERROR, Failure, Success


class StepStatus(StrEnum):
    SUCCESS = "success"
    ERROR = "error"
    WARNING = "warning"  # an attempt that does not count: it will be repeated, or was cut off


class Settled(NamedTuple):
    """What is recorded of a step. `handle` is None where the run cannot go on from here."""

    handle: str | None
    output: JsonObject
    status: StepStatus


def way_on(graph: Graph, node_id: str, outcome: Success | Failure) -> Settled:
    """Settle a step: a failure takes the `error` edges, else goes on where the node says so, else nowhere."""
    if isinstance(outcome, Success):
        return Settled(outcome.handle, outcome.output, StepStatus.SUCCESS)
    return Settled(handle_of_failure(graph, node_id), failure_output(outcome), StepStatus.ERROR)


def failure_output(failure: Failure) -> JsonObject:
    """Return what nodes downstream and the log see of a failed step."""
    return {**failure.output, "error": {"message": failure.message}}


def handle_of_failure(graph: Graph, node_id: str) -> str | None:
    """Return the way that a run takes from a node which fails; None where it cannot go on from there."""
    if node_id in graph.catching:
        return ERROR
    node = graph.nodes[node_id]
    goes_on = isinstance(node, Action) and node.action_settings.continue_on_error
    return node.success_handle if goes_on else None
