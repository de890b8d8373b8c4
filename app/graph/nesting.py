"""Iterators and their bodies: which nodes run once an item, inside which iterator, and which edges end an item.

The body of an iterator is every node that is reached from its handle `item` without passing the iterator again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.graph.model import Definition, EdgeSpec
from app.graph.outcome import ITEM

MAX_DEPTH = 5  # iterators within each other


@dataclass(frozen=True, slots=True)
class Nesting:
    """`bodies` holds, for each iterator, all of its body, the bodies within it included."""

    bodies: Mapping[str, frozenset[str]]
    owners: Mapping[str, str]  # the innermost iterator around a node; nodes outside all iterators are left out

    @classmethod
    def of(cls, definition: Definition, iterators: Collection[str]) -> "Nesting":
        after = _after(definition) if iterators else {}
        bodies = {node_id: _body(after, node_id) for node_id in iterators}
        owners: dict[str, str] = {}
        for iterator in sorted(bodies, key=lambda node_id: -len(bodies[node_id])):  # inner bodies are smaller
            owners.update(dict.fromkeys(bodies[iterator], iterator))
        return cls(bodies, owners)

    def around(self, node_id: str) -> Sequence[str]:
        """Return the iterators around a node, the innermost first. An iterator is not around itself."""
        found: dict[str, None] = {}
        while (owner := self.owners.get(node_id)) is not None and owner not in found:
            found[owner] = None
            node_id = owner
        return list(found)

    def ends_item(self, edge: EdgeSpec) -> bool:
        """Say whether an edge leads from a body back to its iterator: it ends the item, and decides nothing."""
        return edge.source in self.bodies.get(edge.target, ())

    def forward(self, definition: Definition) -> Definition:
        """Return the definition without the edges that only end items."""
        if not self.bodies:
            return definition
        return Definition(definition.nodes, tuple(edge for edge in definition.edges if not self.ends_item(edge)))

    def entered_by(self, edge: EdgeSpec) -> str | None:
        """Return the iterator whose body an edge leads into from outside, past its handle `item`; None: it does not."""
        owner = self.owners.get(edge.target)
        if owner is None or owner == self.owners.get(edge.source) or self.ends_item(edge):
            return None
        return None if edge.source == owner and edge.source_handle == ITEM else owner

    def entwined(self) -> Iterator[tuple[str, str]]:
        """Give pairs of iterators of which each stands in the other's body."""
        for one, body in self.bodies.items():
            for other in body & self.bodies.keys():
                if one < other and one in self.bodies[other]:
                    yield one, other


def _after(definition: Definition) -> dict[str, list[EdgeSpec]]:
    after: dict[str, list[EdgeSpec]] = {spec.id: [] for spec in definition.nodes}
    for edge in definition.edges:
        if edge.source in after and edge.target in after:
            after[edge.source].append(edge)
    return after


def _body(after: Mapping[str, Sequence[EdgeSpec]], iterator: str) -> frozenset[str]:
    body: set[str] = set()
    pending = [edge.target for edge in after[iterator] if edge.source_handle == ITEM]
    while pending:
        node_id = pending.pop()
        if node_id != iterator and node_id not in body:
            body.add(node_id)
            pending.extend(edge.target for edge in after[node_id])
    return frozenset(body)
