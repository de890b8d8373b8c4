"""The wire form of a workflow's graph, read leniently: unknown keys are somebody else's and stay where they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.json import JsonValue
from app.graph.outcome import DEFAULT


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node as posted. `index` is its place in the list, `data` its flat settings with `componentId` among them."""

    id: str
    component_id: str
    x: float
    y: float
    data: Mapping[str, JsonValue]
    index: int

    @property
    def path(self) -> str:
        return f"nodes[{self.index}]"


@dataclass(frozen=True, slots=True)
class EdgeSpec:
    """An edge as posted. A missing `sourceHandle` is the default handle."""

    id: str
    source: str
    target: str
    source_handle: str
    index: int

    @property
    def path(self) -> str:
        return f"edges[{self.index}]"


@dataclass(frozen=True, slots=True)
class Definition:
    """All nodes and edges of one workflow version, in posted order."""

    nodes: tuple[NodeSpec, ...]
    edges: tuple[EdgeSpec, ...]


__all__ = ["DEFAULT", "Definition", "EdgeSpec", "NodeSpec"]
