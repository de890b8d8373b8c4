"""What the OpenAPI document shows about workflows; a test posts the request and gets these answers."""

from typing import Any

from app.graph.errors import Issue
from app.workflows.errors import (
    GraphInvalidError,
    NoWebhookUrlError,
    VersionConflictError,
    WorkflowInUseError,
    WorkflowNotFoundError,
)

GREETING: dict[str, Any] = {
    "name": "Greeting",
    "description": "Says hello to whoever is named in the context.",
    "nodes": [
        {
            "id": "start",
            "type": "manual_trigger",
            "position": {"x": 0, "y": 0},
            "data": {"componentId": "manual_trigger"},
        },
        {
            "id": "named",
            "type": "string_condition",
            "position": {"x": 0, "y": 150},
            "data": {"componentId": "string_condition", "input": "{{ start.name }}", "operator": "is_not_empty"},
        },
        {
            "id": "hello",
            "type": "text_transform",
            "position": {"x": 0, "y": 300},
            "data": {"componentId": "text_transform", "template": "Hello, {{ start.name }}!"},
        },
    ],
    "edges": [
        {"id": "e1", "source": "start", "target": "named"},
        {"id": "e2", "source": "named", "target": "hello", "sourceHandle": "true"},
    ],
}
GREETING_SUMMARY: dict[str, Any] = {
    "id": "fl_01kaq3v0c3s8y5b1f7f3q2d6te",
    "name": GREETING["name"],
    "description": GREETING["description"],
    "schedule_type": "manual",
    "schedule_value": None,
    "next_run_at": None,
    "is_active": True,
    "webhook_url": None,
    "created_at": "2026-01-15T09:30:00.000000Z",
    "updated_at": "2026-01-15T09:30:00.000000Z",
    "authorization_id": None,
    "version": 1,
    "timezone": "UTC",
    "schedule_overlap": "allow",
}
GREETING_SAVED: dict[str, Any] = {**GREETING_SUMMARY, "nodes": GREETING["nodes"], "edges": GREETING["edges"]}
GREETING_CHANGED: dict[str, Any] = {
    **GREETING_SAVED,
    "is_active": False,
    "version": 2,
    "updated_at": "2026-01-15T09:45:00.000000Z",
}
SWITCH_OFF: dict[str, Any] = {"is_active": False}
ORDERS: dict[str, Any] = {
    "name": "Receive an order",
    "nodes": [
        {
            "id": "order",
            "type": "webhook_trigger",
            "position": {"x": 0, "y": 0},
            "data": {"componentId": "webhook_trigger"},
        }
    ],
    "edges": [],
}
ORDERS_ROTATED: dict[str, Any] = {
    **GREETING_SUMMARY,
    **ORDERS,
    "description": None,
    "webhook_url": "http://127.0.0.1:8000/workflows/webhooks/whsec_8QmJ4l0n1yYtq2r5vXb3cZk7Wd9pFsGhTuEaLoNiRxM",
    "updated_at": "2026-01-15T09:45:00.000000Z",
}
VERDICT: dict[str, Any] = {
    "valid": False,
    "errors": ["edges[1].target: Edge e2 leads to hello, and there is no such node."],
    "warnings": ['nodes[1]: The branch "false" of named leads nowhere: a run that takes it goes no further.'],
}
DRAFT: dict[str, Any] = {**GREETING, "nodes": GREETING["nodes"][:2]}
GRAPH_INVALID = GraphInvalidError([Issue("edges[1].target", "Edge e2 leads to hello, and there is no such node.")])
NOT_FOUND = WorkflowNotFoundError(GREETING_SUMMARY["id"])
IN_USE = WorkflowInUseError('"Onboarding" (fl_01kaq3v0c3s8y5b1f7f3q2d6tf)')
CONFLICT = VersionConflictError(2)
NO_WEBHOOK_URL = NoWebhookUrlError("manual_trigger")
