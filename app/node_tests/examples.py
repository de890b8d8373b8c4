"""What the OpenAPI document shows of trying a node out; a test tries it and gets this answer."""

from typing import Any

from app.graph.errors import Issue
from app.workflows.errors import GraphInvalidError

TRIED: dict[str, Any] = {
    "node": {
        "id": "hello",
        "type": "text_transform",
        "position": {"x": 0, "y": 0},
        "data": {"componentId": "text_transform", "template": "Hello, {{ n1.name }}!"},
    },
    "context": {"n1": {"name": "Ada"}},
}
RESULT: dict[str, Any] = {"status": "success", "output": {"text": "Hello, Ada!", "result": "Hello, Ada!"}}
INVALID = GraphInvalidError([Issue("node.data.template", '"template" is required.', "hello")])
