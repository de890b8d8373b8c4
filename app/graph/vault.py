"""Which items of the vault a definition names, known without running it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.core.json import JsonValue
from app.graph.model import NodeSpec
from app.graph.node import Node
from app.graph.template import item_named, iter_templates


def vault_names_of(node: Node) -> frozenset[str]:
    """Return the items, by name or by id, that a node's templates read."""
    return frozenset(name for setting in iter_templates(node.base_settings) for name in setting.template.vault_names)


def vault_names_in(nodes: Iterable[Node], specs: Iterable[NodeSpec]) -> frozenset[str]:
    """Return the items that a definition names: in templates, and by ids that stand anywhere in its settings."""
    read = (name for node in nodes for name in vault_names_of(node))
    written = (item for spec in specs for item in _items(spec.data))
    return frozenset((*read, *written))


def _items(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            item = item_named(value)
            if item:
                yield item
        case Mapping():
            for below in value.values():
                yield from _items(below)
        case Sequence():
            for below in value:
                yield from _items(below)
