"""A definition whose nodes are bound to their components: what a run walks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.json import dumps
from app.graph.catalogue import Catalogue
from app.graph.errors import GraphError
from app.graph.model import Definition, EdgeSpec, NodeSpec
from app.graph.node import Node, Trigger
from app.graph.outcome import ERROR
from app.graph.validation import structure
from app.graph.validation.subject import Subject
from app.graph.vault import vault_names_in

_NODE_BYTES = 4_000  # held for a node without settings: spec, bound node, edges
ITEMS = "items"  # of an iterator's output: the result of each item, in the journal until somebody reads it
_BYTES_PER_CHARACTER = 12  # held for each character of settings, compiled templates included


@dataclass(frozen=True, slots=True)
class Graph:
    """One workflow version, ready to run. Immutable and shared by all its runs; its mappings know every node."""

    nodes: Mapping[str, Node]
    specs: Mapping[str, NodeSpec]
    trigger: Trigger
    outgoing: Mapping[str, tuple[EdgeSpec, ...]]  # without those that lead back to an iterator, as `incoming`
    incoming: Mapping[str, tuple[EdgeSpec, ...]]
    catching: frozenset[str]  # nodes whose failure takes an edge
    order: tuple[str, ...]  # by canvas y, then x, then place in the list
    rank: Mapping[str, int]  # place in `order`
    reachable: frozenset[str]  # from the trigger, which is one of them
    members: Mapping[str | None, frozenset[str]]  # of the run itself (None), and of an item of each iterator
    items_read: Mapping[str, frozenset[str]]  # by node: the iterators whose items it reads, where it reads any
    vault_names: frozenset[str]  # items of the vault that any node names, also one that is never reached
    size_bytes: int  # estimated, for caches


def build(definition: Definition, catalogue: Catalogue) -> Graph:
    """Return the graph of a definition that passed validation. Raises `GraphError` where it cannot run after all."""
    subject = Subject.of(definition, catalogue)
    issues = [*subject.binding_issues, *structure.check(subject)]
    if issues:
        raise GraphError(issues)
    trigger = _only_trigger(subject)
    forward = subject.nesting.forward(definition)
    reachable = subject.topology.reachable([trigger.node_id])
    placed = sorted(definition.nodes, key=lambda spec: (spec.y, spec.x, spec.index))
    return Graph(
        nodes=subject.nodes,
        specs=subject.specs,
        trigger=trigger,
        outgoing=_by_end(forward, lambda edge: edge.source),
        incoming=_by_end(forward, lambda edge: edge.target),
        catching=frozenset(edge.source for edge in definition.edges if edge.source_handle == ERROR),
        order=tuple(spec.id for spec in placed),
        rank={spec.id: place for place, spec in enumerate(placed)},
        reachable=reachable,
        members=_members(subject, reachable),
        items_read=_items_read(subject),
        vault_names=vault_names_in(subject.nodes.values(), definition.nodes),
        size_bytes=sum(_NODE_BYTES + _BYTES_PER_CHARACTER * len(dumps(spec.data)) for spec in definition.nodes),
    )


def _by_end(definition: Definition, end: Callable[[EdgeSpec], str]) -> dict[str, tuple[EdgeSpec, ...]]:
    found: dict[str, list[EdgeSpec]] = {spec.id: [] for spec in definition.nodes}
    for edge in definition.edges:
        found[end(edge)].append(edge)
    return {node_id: tuple(edges) for node_id, edges in found.items()}


def _members(subject: Subject, reachable: frozenset[str]) -> dict[str | None, frozenset[str]]:
    owners = subject.nesting.owners
    inside: dict[str | None, set[str]] = {None: set(), **{iterator: set() for iterator in subject.nesting.bodies}}
    for node_id in reachable:
        inside[owners.get(node_id)].add(node_id)
    return {iterator: frozenset(members) for iterator, members in inside.items()}


def _items_read(subject: Subject) -> dict[str, frozenset[str]]:
    """Find who reads `items` of an iterator, or all of its output."""
    if not subject.nesting.bodies:
        return {}
    found: dict[str, set[str]] = {}
    for reading in subject.readings:
        for root, path in reading.reads:
            if root in subject.nesting.bodies and next(iter(path), ITEMS) == ITEMS:
                found.setdefault(reading.node_id, set()).add(root)
    return {node_id: frozenset(iterators) for node_id, iterators in found.items()}


def _only_trigger(subject: Subject) -> Trigger:
    (trigger,) = (node for node in subject.nodes.values() if isinstance(node, Trigger))
    return trigger
