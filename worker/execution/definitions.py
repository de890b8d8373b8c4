"""Graphs ready to walk, one a workflow version, kept while they fit into 16 MiB."""

from collections import OrderedDict
from dataclasses import dataclass

from app.graph.graph import Graph

CACHE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Versioned:
    """One version of a workflow. `graph` is None where it cannot be walked any more, and `problem` says why."""

    workflow_id: str
    version: int
    name: str
    graph: Graph | None
    problem: str | None = None

    @property
    def size_bytes(self) -> int:
        return self.graph.size_bytes if self.graph else 1024


class Definitions:
    """A cache by (workflow, version): versions never change, so nothing in it grows stale."""

    def __init__(self, capacity_bytes: int = CACHE_BYTES) -> None:
        self._capacity = capacity_bytes
        self._held = 0
        self._known: OrderedDict[tuple[str, int], Versioned] = OrderedDict()

    def get(self, workflow_id: str, version: int) -> Versioned | None:
        found = self._known.get((workflow_id, version))
        if found is not None:
            self._known.move_to_end((workflow_id, version))
        return found

    def put(self, versioned: Versioned) -> None:
        key = (versioned.workflow_id, versioned.version)
        if key in self._known:
            return
        self._known[key] = versioned
        self._held += versioned.size_bytes
        while self._held > self._capacity and len(self._known) > 1:
            _, oldest = self._known.popitem(last=False)
            self._held -= oldest.size_bytes
