"""The components as a JSON document: settings as JSON Schema, handles, and an example that works."""

import sys

from app.core.json import JsonObject
from app.graph.catalogue import Catalogue
from app.graph.model import NodeSpec
from app.graph.node import Node, Trigger


def component_schemas(catalogue: Catalogue) -> JsonObject:
    """Return one entry a component, by `componentId`."""
    return {kind.component_id: _entry(kind, catalogue) for kind in catalogue}


def _entry(kind: type[Node], catalogue: Catalogue) -> JsonObject:
    example = catalogue.bind(NodeSpec("example", kind.component_id, 0, 0, kind.example, 0))
    if not isinstance(example, Node):
        raise TypeError(f"the example of {kind.component_id} is wrong: {example}")
    return {
        "kind": "trigger" if issubclass(kind, Trigger) else "action",
        "description": sys.modules[kind.__module__].__doc__,
        "aliases": list(kind.aliases),
        "outputs": dict(kind.outputs),
        "handles_of_the_example": list(example.handles()),
        "settings": {"$id": f"urn:virga:component:{kind.component_id}", **kind.settings_type.model_json_schema()},
        "example": kind.example,
    }
