"""How far a path of a run has come: which nodes are ready, in flight, recorded or skipped. Pure and deterministic.

A node is ready once each of its incoming edges is taken or dead and at least one is taken. When all are dead it is
skipped, and its outgoing edges die. Edges from nodes outside the path never count.
"""

from app.graph.graph import Graph
from app.graph.outcome import ITEM


class Frontier:
    """The state of one path: the run itself (what the trigger reaches outside iterators), or an item of an iterator."""

    def __init__(self, graph: Graph, iterator: str | None = None) -> None:
        """Begin the path of an item of `iterator`, whose entries are ready at once; a run waits for its trigger."""
        self._graph = graph
        inside = graph.members[iterator]
        self._undecided = {
            node_id: sum(edge.source in inside for edge in graph.incoming[node_id]) for node_id in inside
        }
        entries = (edge.target for edge in graph.outgoing.get(iterator or "", ()) if edge.source_handle == ITEM)
        self._reached = set(entries)  # at least one incoming edge is taken
        self._ready: set[str] = set()
        self._in_flight: set[str] = set()
        self._recorded: set[str] = set()
        self._skipped: set[str] = set()
        if iterator is not None:
            self._ready.update(node_id for node_id, count in self._undecided.items() if not count)

    def ready(self) -> list[str]:
        """Return what may be started now, in the order in which it should be."""
        return sorted(self._ready, key=self._graph.rank.__getitem__)

    def start(self, node_id: str) -> None:
        """Take a ready node in flight. Raises `ValueError` for any other."""
        if node_id not in self._ready:
            raise ValueError(f"{node_id} is not ready")
        self._ready.remove(node_id)
        self._in_flight.add(node_id)

    def record(self, node_id: str, handle: str | None) -> None:
        """Count a step: edges of `handle` are taken, the node's others die. None: it failed without a way on.

        The node need not have been started (replay) nor be ready (a step inherited from another run).
        Raises `ValueError` for a node outside the path or recorded before.
        """
        if node_id not in self._undecided or node_id in self._recorded:
            raise ValueError(f"{node_id} is not part of this path, or recorded already")
        self._recorded.add(node_id)
        self._ready.discard(node_id)
        self._in_flight.discard(node_id)
        if handle is not None:
            self._decide(node_id, handle)

    def in_flight(self) -> frozenset[str]:
        return frozenset(self._in_flight)

    @property
    def has_in_flight(self) -> bool:
        return bool(self._in_flight)

    def skipped(self) -> frozenset[str]:
        """Return the nodes that will never run, because no way that was taken leads to them."""
        return frozenset(self._skipped)

    @property
    def has_ready(self) -> bool:
        return bool(self._ready)

    @property
    def is_exhausted(self) -> bool:
        """Say whether nothing is ready and nothing in flight. Until its trigger is recorded, a run is not."""
        return bool(self._recorded or not self._undecided) and not self._ready and not self._in_flight

    def _decide(self, node_id: str, handle: str | None) -> None:
        """Let the edges of `handle` be taken and the node's others die, and follow what dies because of that."""
        deciding = [(node_id, handle)]
        while deciding:
            source, way = deciding.pop()
            deciding.extend(
                (edge.target, None)
                for edge in self._graph.outgoing[source]
                if edge.target in self._undecided and self._arrive(edge.target, taken=edge.source_handle == way)
            )

    def _arrive(self, node_id: str, *, taken: bool) -> bool:
        """Count one decided edge into a node. Return whether the node is skipped by that."""
        self._undecided[node_id] -= 1
        if taken:
            self._reached.add(node_id)
        if self._undecided[node_id] or node_id in self._recorded:
            return False
        if node_id in self._reached:
            self._ready.add(node_id)
            return False
        self._skipped.add(node_id)
        return True
