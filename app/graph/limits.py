"""What a definition may be at most. The settings of the same names replace these values."""

from dataclasses import dataclass

from app.graph.errors import Issue


@dataclass(frozen=True, slots=True)
class GraphLimits:
    nodes: int = 500  # a larger drawing is unreadable, and validation stays under 50 ms
    edges: int = 5_000  # ten a node; what follows the edges once an iterator stays under half a second

    def issues(self, nodes: int, edges: int) -> list[Issue]:
        """Return what is too much, so that nothing of it is read."""
        found = []
        if nodes > self.nodes:
            found.append(Issue("nodes", f"A workflow has at most {self.nodes} nodes; this one has {nodes}."))
        if edges > self.edges:
            found.append(Issue("edges", f"A workflow has at most {self.edges:,} edges; this one has {edges:,}."))
        return found
