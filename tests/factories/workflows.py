"""Bodies of workflows as clients post them."""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PUBLISHED = Path(__file__).parent.parent / "golden" / "published"


def published(name: str) -> Json:
    """Return one of the hosted API's published examples."""
    loaded: Json = json.loads((PUBLISHED / f"{name}.json").read_text())
    return loaded


def node(node_id: str, component: str, **data: object) -> Json:
    position = {"x": 100, "y": 100}
    return {"id": node_id, "type": component, "position": position, "data": {"componentId": component, **data}}


def edge(source: str, target: str, handle: str | None = None) -> Json:
    plain = {"id": f"{source}-{handle or ''}-{target}", "source": source, "target": target}
    return plain if handle is None else {**plain, "sourceHandle": handle}


def workflow(*nodes: Json, edges: list[Json] | None = None, **fields: object) -> Json:
    """Return a workflow of a manual trigger, or of `nodes`, with other fields as given."""
    return {"name": "Test", "nodes": list(nodes) or [node("t", "manual_trigger")], "edges": edges or [], **fields}


def webhook_workflow(**fields: object) -> Json:
    return workflow(node("t", "webhook_trigger")) | fields
