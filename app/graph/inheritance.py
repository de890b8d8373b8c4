"""Which steps of a failed run a new one takes over, when it is to go on behind one of its nodes. Pure.

The old run is replayed over the graph to be run, as far as its steps still fit there. What has to run anew is never
recorded in that replay, nor is the node that the run is resumed from: so whatever descends from them never becomes
ready, and runs anew too.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from app.graph.frontier import Frontier
from app.graph.graph import Graph
from app.graph.outcome import DEFAULT, ITEM
from app.graph.settle import StepStatus, handle_of_failure


class OldStep(NamedTuple):
    """A step that counted in the old run. `handle` is the way taken from it; None where the run ended there."""

    component_id: str
    status: StepStatus
    handle: str | None


class NotResumableError(Exception):
    """The run cannot go on behind this node. The message says why, in a sentence."""


def changed_bodies(old: Graph, new: Graph) -> frozenset[str]:
    """Return the iterators of `new` whose items, as they ran in `old`, might have other results by now."""
    iterators = [node_id for node_id in new.members if node_id is not None]
    return frozenset(node_id for node_id in iterators if _body(old, node_id) != _body(new, node_id))


def _body(graph: Graph, iterator: str) -> Mapping[str, object]:
    """Return what results of items depend on: which nodes there are, where they lead, and which of them decides."""
    body: dict[str, object] = {}
    entries = {edge.target for edge in graph.outgoing.get(iterator, ()) if edge.source_handle == ITEM}
    pending = [iterator]
    for around in pending:
        members = graph.members.get(around, frozenset())
        pending += members & graph.members.keys()
        for node in map(graph.nodes.__getitem__, members):
            ways = frozenset((edge.source_handle, edge.target) for edge in graph.outgoing[node.node_id])
            body[node.node_id] = (node.component_id, node.responds, ways, node.node_id in entries)
    return body


def inherited_steps(
    graph: Graph, steps: Mapping[str, OldStep], resumed_node_id: str, changed: Collection[str] = ()
) -> frozenset[str]:
    """Return the nodes whose steps the new run inherits, `resumed_node_id` among them unless that is the trigger.

    `steps` are those outside iterators, by node. The trigger's step is never inherited: it is built anew. Nor are
    those of the iterators in `changed`: an iterator is inherited with all its items or begun anew.
    Raises `NotResumableError` where the node to resume from did not succeed, or is not what it was.
    """
    _check_success(steps.get(resumed_node_id), resumed_node_id)
    _check_place(graph, steps[resumed_node_id], resumed_node_id)
    if resumed_node_id in changed:
        raise NotResumableError(
            f'The body of the iterator "{resumed_node_id}" is not what it was in this run, so what came of its items'
            " cannot be taken over."
        )
    if resumed_node_id == graph.trigger.node_id:
        return frozenset()
    fitting = {node_id: step for node_id, step in steps.items() if node_id not in changed}
    inherited = _replay(graph, fitting, resumed_node_id)
    if resumed_node_id not in inherited:
        raise NotResumableError(
            f'The run cannot go on behind "{resumed_node_id}": in the definition to be run, a node before it is new,'
            " has another component or another body, has lost the way by which it was left, or leads there no more."
        )
    return inherited


def _check_success(step: OldStep | None, node_id: str) -> None:
    if step is None or step.status is not StepStatus.SUCCESS:
        raise NotResumableError(f'The node "{node_id}" did not succeed in this run, so there is nothing to go on from.')
    if step.handle is None:
        raise NotResumableError(f'The node "{node_id}" ended this run, so nothing comes behind it.')


def _check_place(graph: Graph, step: OldStep, node_id: str) -> None:
    node = graph.nodes.get(node_id)
    if node is None:
        raise NotResumableError(f'The definition to be run has no node "{node_id}" any more.')
    if node.component_id != step.component_id:
        raise NotResumableError(
            f'The node "{node_id}" was "{step.component_id}" in this run, but is "{node.component_id}" in the'
            " definition to be run."
        )
    if step.handle not in node.handles():
        raise NotResumableError(
            f'The node "{node_id}" was left by "{step.handle}" in this run, a way that it does not have in the'
            " definition to be run."
        )


def _replay(graph: Graph, steps: Mapping[str, OldStep], resumed_node_id: str) -> frozenset[str]:
    inherited = set()
    frontier = Frontier(graph)
    frontier.record(graph.trigger.node_id, DEFAULT)
    while ready := frontier.ready():
        for node_id in ready:
            frontier.start(node_id)
            step = steps.get(node_id)
            if step is not None and _still_fits(graph, node_id, step):
                inherited.add(node_id)
                if node_id != resumed_node_id:
                    frontier.record(node_id, step.handle)
    return frozenset(inherited)


def _still_fits(graph: Graph, node_id: str, step: OldStep) -> bool:
    """Say whether a step could have come to the same in the graph to be run, as far as its node's name tells."""
    node = graph.nodes[node_id]
    if step.component_id != node.component_id:
        return False
    if step.status is StepStatus.ERROR:
        return step.handle is not None and step.handle == handle_of_failure(graph, node_id)
    return step.handle in node.handles()
