"""A definition whose nodes are bound to their components: what a run walks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.json import dumps
from app.graph.catalogue import Catalogue
from app.graph.errors import GraphError
from app.graph.model import Definition, EdgeSpec, NodeSpec
from app.graph.node import Node, Trigger
from app.graph.validation import structure
from app.graph.validation.subject import Subject
from app.graph.vault import vault_names_in

_NODE_BYTES = 4_000  # held for a node without settings: spec, bound node, edges
_BYTES_PER_CHARACTER = 12  # held for each character of settings, compiled templates included


@dataclass(frozen=True, slots=True)
class Graph:
    """One workflow version, ready to run. Immutable and shared by all its runs; its mappings know every node."""

    nodes: Mapping[str, Node]
    specs: Mapping[str, NodeSpec]
    trigger: Trigger
    outgoing: Mapping[str, tuple[EdgeSpec, ...]]
    incoming: Mapping[str, tuple[EdgeSpec, ...]]
    order: tuple[str, ...]  # by canvas y, then x, then place in the list
    rank: Mapping[str, int]  # place in `order`
    reachable: frozenset[str]  # from the trigger, which is one of them
    vault_names: frozenset[str]  # items of the vault that any node names, also one that is never reached
    size_bytes: int  # estimated, for caches


def build(definition: Definition, catalogue: Catalogue) -> Graph:
    """Return the graph of a definition that passed validation. Raises `GraphError` where it cannot run after all."""
    subject = Subject.of(definition, catalogue)
    issues = [*subject.binding_issues, *structure.check(subject)]
    if issues:
        raise GraphError(issues)
    trigger = _only_trigger(subject)
    placed = sorted(definition.nodes, key=lambda spec: (spec.y, spec.x, spec.index))
    return Graph(
        nodes=subject.nodes,
        specs=subject.specs,
        trigger=trigger,
        outgoing=_by_end(definition, lambda edge: edge.source),
        incoming=_by_end(definition, lambda edge: edge.target),
        order=tuple(spec.id for spec in placed),
        rank={spec.id: place for place, spec in enumerate(placed)},
        reachable=subject.topology.reachable([trigger.node_id]),
        vault_names=vault_names_in(subject.nodes.values(), definition.nodes),
        size_bytes=sum(_NODE_BYTES + _BYTES_PER_CHARACTER * len(dumps(spec.data)) for spec in definition.nodes),
    )


def _by_end(definition: Definition, end: Callable[[EdgeSpec], str]) -> dict[str, tuple[EdgeSpec, ...]]:
    found: dict[str, list[EdgeSpec]] = {spec.id: [] for spec in definition.nodes}
    for edge in definition.edges:
        found[end(edge)].append(edge)
    return {node_id: tuple(edges) for node_id, edges in found.items()}


def _only_trigger(subject: Subject) -> Trigger:
    (trigger,) = (node for node in subject.nodes.values() if isinstance(node, Trigger))
    return trigger
