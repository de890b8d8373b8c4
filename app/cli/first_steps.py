"""The three requests that `virga serve` prints, to paste as they stand."""

import json
from pathlib import Path
from typing import Any

NODES: list[dict[str, Any]] = [
    {"id": "start", "data": {"componentId": "manual_trigger"}},
    {
        "id": "enough",
        "data": {
            "componentId": "number_condition",
            "input": "{{ start.count }}",
            "operator": "greater_than",
            "value": 2,
        },
    },
    {"id": "say", "data": {"componentId": "text_transform", "template": "{{ start.count }} drops make a virga."}},
]
EDGES = [
    {"id": "e1", "source": "start", "target": "enough"},
    {"id": "e2", "source": "enough", "target": "say", "sourceHandle": "true"},
]
CONTEXT = {"context": {"count": 3}}

_TAKE_ID = """python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])'"""


def requests(url: str, token: str, certificate: Path | None = None) -> str:
    """Return three lines for a shell: create a workflow, execute it, read its run."""
    trust = f" --cacert {certificate}" if certificate else ""
    curl = f"curl -sS{trust} -H 'Authorization: Bearer {token}'"
    send = f"{curl} -H 'Content-Type: application/json' -d"
    create = f"{send} '{json.dumps(example())}' {url}/workflows"
    execute = f"{send} '{json.dumps(CONTEXT)}' {url}/workflows/$WORKFLOW/execute"
    read = f"{curl} {url}/workflows/runs/$RUN"
    return f"WORKFLOW=$({create} | {_TAKE_ID})\nRUN=$({execute} | {_TAKE_ID}); sleep 1\n{read} | python3 -m json.tool"


def example() -> dict[str, object]:
    """Return the workflow, laid out from left to right as an editor would."""
    nodes = [
        {**node, "type": node["data"]["componentId"], "position": {"x": 300 * index, "y": 100}}
        for index, node in enumerate(NODES)
    ]
    return {"name": "First steps", "nodes": nodes, "edges": EDGES}
