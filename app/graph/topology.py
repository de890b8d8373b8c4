"""Which node leads where: what is reached, what lies upstream, what goes in circles. All in linear time."""

from collections import deque
from collections.abc import Iterable, Mapping

from app.graph.model import Definition


class Topology:
    """The nodes of a definition and the edges between them; edges to nodes that do not exist are left out."""

    def __init__(self, definition: Definition) -> None:
        self._rank = {spec.id: place for place, spec in enumerate(definition.nodes)}
        self._after: dict[str, list[str]] = {node_id: [] for node_id in self._rank}
        self._before: dict[str, list[str]] = {node_id: [] for node_id in self._rank}
        for edge in definition.edges:
            if edge.source in self._rank and edge.target in self._rank:
                self._after[edge.source].append(edge.target)
                self._before[edge.target].append(edge.source)

    def reachable(self, starts: Iterable[str]) -> frozenset[str]:
        """Return `starts` and every node that a path leads to from one of them."""
        reached = set(starts)
        pending = list(reached)
        while pending:
            new = set(self._after[pending.pop()]) - reached
            reached |= new
            pending.extend(new)
        return frozenset(reached)

    def upstream(self) -> "Upstream":
        """Return who is upstream of whom. Nodes in or behind a circle are left out."""
        masks: dict[str, int] = {}
        for node_id in self._peel(self._incoming_counts()):
            mask = 0
            for before in self._before[node_id]:
                mask |= masks[before] | 1 << self._rank[before]
            masks[node_id] = mask
        return Upstream(self._rank, masks)

    def circles(self) -> list[list[str]]:
        """Return circles that share no node, each along its edges, from its first node in posted order."""
        waiting = self._incoming_counts()
        self._peel(waiting)
        found = []
        while waiting:
            circle = self._walk_back(waiting)
            found.append(circle)
            for node_id in circle:
                waiting[node_id] = 0
            self._peel(waiting)
        return found

    def _incoming_counts(self) -> dict[str, int]:
        return {node_id: len(before) for node_id, before in self._before.items()}

    def _peel(self, waiting: dict[str, int]) -> list[str]:
        """Take out of `waiting` all that wait for nothing, or for nothing but those; return them in that order."""
        free = deque(node_id for node_id, count in waiting.items() if not count)
        for node_id in free:
            del waiting[node_id]
        peeled = []
        while free:
            peeled.append(free.popleft())
            for after in self._after[peeled[-1]]:
                if after in waiting:
                    waiting[after] -= 1
                    if not waiting[after]:
                        del waiting[after]
                        free.append(after)
        return peeled

    def _walk_back(self, waiting: Mapping[str, int]) -> list[str]:
        """Return a circle within `waiting`, where each node has another of them before it."""
        trail: list[str] = []
        node_id = next(iter(waiting))
        while node_id not in trail:
            trail.append(node_id)
            node_id = next(before for before in self._before[node_id] if before in waiting)
        circle = trail[trail.index(node_id) :][::-1]
        first = circle.index(min(circle, key=self._rank.__getitem__))
        return circle[first:] + circle[:first]


class Upstream:
    """Answers whether one node lies upstream of another; sets are bit masks, one bit a node."""

    def __init__(self, rank: Mapping[str, int], masks: Mapping[str, int]) -> None:
        self._rank = rank
        self._masks = masks

    def knows(self, node_id: str) -> bool:
        return node_id in self._masks

    def is_before(self, earlier: str, later: str) -> bool:
        return bool(self._masks[later] >> self._rank[earlier] & 1)
