"""Reads posted nodes and edges into a Definition, leniently: what it does not know it leaves alone."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue
from app.graph.kinds import kind_of
from app.graph.model import DEFAULT, Definition, EdgeSpec, NodeSpec

MAX_ID_CHARACTERS = 255
RESERVED_IDS = frozenset(
    # roots that no node may shadow, then the words that Liquid reads as its own
    (
        *("vault", "item", "index", "parent", "now", "forloop", "tablerowloop"),
        *("true", "false", "nil", "null", "blank", "empty", "and", "or", "not", "contains", "in", "if", "else", "for"),
        *("as", "with", "cols", "limit", "offset", "reversed", "continue", "required"),
    )
)


def read(nodes: Sequence[JsonValue], edges: Sequence[JsonValue]) -> tuple[Definition, list[Issue]]:
    """Return what can be read, and an Issue for every fault of form.

    An entry that cannot be told apart (no object, no id, an id seen before) is left out; one with a lesser fault is
    kept, so that the edges which name it are not reported as well.
    """
    reader = _Reader()
    definition = Definition(tuple(reader.nodes(nodes)), tuple(reader.edges(edges)))
    return definition, reader.issues


class _Reader:
    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def nodes(self, entries: Sequence[JsonValue]) -> Iterator[NodeSpec]:
        for index, node_id, node in self._identified(entries, "node"):
            yield self._node(node, node_id, index)

    def edges(self, entries: Sequence[JsonValue]) -> Iterator[EdgeSpec]:
        for index, edge_id, edge in self._identified(entries, "edge"):
            spec = self._edge(edge, edge_id, index)
            if spec:
                yield spec

    def _identified(self, entries: Sequence[JsonValue], kind: str) -> Iterator[tuple[int, str, JsonObject]]:
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            path = f"{kind}s[{index}]"
            entry_id = entry.get("id") if isinstance(entry, Mapping) else None
            if not isinstance(entry, Mapping):
                self._report(path, f"Each {kind} must be an object; this one is {kind_of(entry)}.")
            elif not isinstance(entry_id, str) or not entry_id:
                self._report(f"{path}.id", f'Each {kind} needs an "id": a text that is not empty.')
            elif entry_id in seen:
                message = f'The id "{entry_id}" is used by more than one {kind}; each needs its own.'
                self._report(f"{path}.id", message, entry_id if kind == "node" else None)
            else:
                seen.add(entry_id)
                yield index, entry_id, entry

    def _node(self, node: JsonObject, node_id: str, index: int) -> NodeSpec:
        path = f"nodes[{index}]"
        self._check_id(path, node_id)
        data = node.get("data", {})
        if not isinstance(data, Mapping):
            self._report(f"{path}.data", f'"data" must be an object; it is {kind_of(data)}.', node_id)
            data = {}
        kind = node.get("type")
        if kind is not None and not isinstance(kind, str):
            self._report(f"{path}.type", f'"type" must be a text, or left out; it is {kind_of(kind)}.', node_id)
        x, y = self._position(path, node, node_id)
        return NodeSpec(node_id, _component_id(node, data), x, y, data, index)

    def _check_id(self, path: str, node_id: str) -> None:
        if len(node_id) > MAX_ID_CHARACTERS:
            message = f"A node's id has at most {MAX_ID_CHARACTERS} characters; this one has {len(node_id)}."
            self._report(f"{path}.id", message, node_id)
        if node_id in RESERVED_IDS:
            message = f'No node can have the id "{node_id}": templates give this word a meaning of its own.'
            self._report(f"{path}.id", message, node_id)

    def _position(self, path: str, node: JsonObject, node_id: str) -> tuple[float, float]:
        position = node.get("position", {})
        if isinstance(position, Mapping):
            x, y = position.get("x", 0), position.get("y", 0)
            if _is_coordinate(x) and _is_coordinate(y):
                return x, y
        self._report(f"{path}.position", '"position" must be an object with the numbers "x" and "y".', node_id)
        return 0, 0

    def _edge(self, edge: JsonObject, edge_id: str, index: int) -> EdgeSpec | None:
        source = self._end(edge, "source", edge_id, index)
        target = self._end(edge, "target", edge_id, index)
        handle = edge.get("sourceHandle")
        if handle is not None and not isinstance(handle, str):
            message = f'"sourceHandle" of edge "{edge_id}" must be a text, or left out; it is {kind_of(handle)}.'
            self._report(f"edges[{index}].sourceHandle", message)
            return None
        return EdgeSpec(edge_id, source, target, handle or DEFAULT, index) if source and target else None

    def _end(self, edge: JsonObject, name: str, edge_id: str, index: int) -> str | None:
        node_id = edge.get(name)
        if isinstance(node_id, str) and node_id:
            return node_id
        self._report(f"edges[{index}].{name}", f'"{name}" of edge "{edge_id}" must be the id of a node.')
        return None

    def _report(self, path: str, message: str, node_id: str | None = None) -> None:
        self.issues.append(Issue(path, message, node_id))


def _component_id(node: JsonObject, data: JsonObject) -> str:
    """Return "" where the node names none; binding it says so."""
    named = data.get("componentId")
    component_id = node.get("type") if named is None else named
    return component_id if isinstance(component_id, str) else ""


def _is_coordinate(value: JsonValue) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
