"""Graphs ready to walk, one a workflow version, kept while they fit into 16 MiB."""

from collections import OrderedDict
from dataclasses import dataclass

import structlog

from app.core.json import loads_list
from app.graph.errors import GraphError
from app.graph.graph import Graph, build
from app.graph.wire import read
from app.nodes import CATALOGUE

CACHE_BYTES = 16 * 1024 * 1024

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Versioned:
    """One version of a workflow. `graph` is None where it cannot be walked any more, and `problem` says why."""

    workflow_id: str
    version: int
    name: str
    graph: Graph | None
    problem: str | None = None

    @property
    def vault_names(self) -> frozenset[str]:
        return self.graph.vault_names if self.graph else frozenset()

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


def compile_version(*, workflow_id: str, version: int, name: str, nodes: str, edges: str) -> Versioned:
    """Turn a stored definition into a graph; what newer code cannot bind any more is said, not raised."""
    try:
        definition, _ = read(loads_list(nodes), loads_list(edges))
        graph = build(definition, CATALOGUE)
    except GraphError as error:
        return Versioned(workflow_id, version, name, None, f"This version cannot be executed: {error}")
    except Exception as error:  # one version that cannot be read must not hold up claims of others
        log.exception("version_unreadable", workflow_id=workflow_id, version=version)
        problem = f"This version cannot be executed: it cannot be read ({type(error).__name__})."
        return Versioned(workflow_id, version, name, None, problem)
    return Versioned(workflow_id, version, name, graph)
