"""What the OpenAPI document shows about runs; a test starts and reads runs and gets these answers."""

from typing import Any

from app.core.json import dumps
from app.runs.errors import (
    NodeNotFoundError,
    NodeNotResumableError,
    RunFinishedError,
    RunNotFailedError,
    RunNotFoundError,
    WorkflowInactiveError,
    WrongTriggerError,
)
from app.workflows.examples import GREETING_SUMMARY

CONTEXT: dict[str, Any] = {"context": {"name": "Ada"}}
ACCEPTED_SUMMARY: dict[str, Any] = {
    "id": "fl_run_01kaq4c9e1w0z6n8g5h2j7m3qx",
    "status": "pending",
    "error_message": None,
    "started_at": "2026-01-15T10:00:00.000000Z",
    "completed_at": None,
    "duration_in_seconds": None,
    "workflow_id": GREETING_SUMMARY["id"],
    "workflow_version": 1,
    "trigger_type": "manual",
    "created_at": "2026-01-15T10:00:00.000000Z",
}
ACCEPTED: dict[str, Any] = {**ACCEPTED_SUMMARY, "trigger_payload": CONTEXT, "logs": []}
CANCELLED: dict[str, Any] = {
    **ACCEPTED,
    "status": "failed",
    "error_message": "Cancelled",
    "completed_at": "2026-01-15T10:00:01.500000Z",
    "duration_in_seconds": 1.5,
}
COMPLETED_SUMMARY: dict[str, Any] = {
    **ACCEPTED_SUMMARY,
    "status": "completed",
    "started_at": "2026-01-15T10:00:00.002000Z",
    "completed_at": "2026-01-15T10:00:00.012000Z",
    "duration_in_seconds": 0.01,
}
LOG: dict[str, Any] = {
    "id": "fl_log_01kaq4c9e4t6v8b0d2f4h6k8m0",
    "node_id": "start",
    "component_id": "manual_trigger",
    "status": "success",
    "output": {"name": "Ada", "trigger_type": "manual", "run_id": ACCEPTED["id"], "context": {"name": "Ada"}},
    "created_at": "2026-01-15T10:00:00.002000Z",
    "run_id": ACCEPTED["id"],
    "workflow_id": GREETING_SUMMARY["id"],
    "seq": 1,
    "duration_ms": 0,
    "attempt": 1,
    "inherited": False,
    "path": [],
}
COMPLETED: dict[str, Any] = {
    **COMPLETED_SUMMARY,
    "trigger_payload": CONTEXT,
    "logs": [
        LOG,
        {
            **LOG,
            "id": "fl_log_01kaq4c9e9a1c3e5g7j9k0m2n4",
            "node_id": "named",
            "component_id": "string_condition",
            "output": {"result": True, "input": "Ada", "value": None},
            "created_at": "2026-01-15T10:00:00.007000Z",
            "seq": 2,
            "duration_ms": 1,
        },
        {
            **LOG,
            "id": "fl_log_01kaq4c9eb2d4f6h8k0m1p3q5r",
            "node_id": "hello",
            "component_id": "text_transform",
            "output": {"text": "Hello, Ada!", "result": "Hello, Ada!"},
            "created_at": "2026-01-15T10:00:00.012000Z",
            "seq": 3,
            "duration_ms": 1,
        },
    ],
}
EVENTS = f"""id: 1
event: log
data: {dumps(LOG)}

event: status
data: {dumps(COMPLETED_SUMMARY)}

"""
_LIST = f"http://127.0.0.1:8000/workflows/{GREETING_SUMMARY['id']}/executions"
_ONLY_PAGE = f"{_LIST}?per_page=15&page=1"
PAGE: dict[str, Any] = {
    "data": [COMPLETED_SUMMARY],
    "links": {"first": _ONLY_PAGE, "last": _ONLY_PAGE, "prev": None, "next": None},
    "meta": {"current_page": 1, "from": 1, "last_page": 1, "path": _LIST, "per_page": 15, "to": 1, "total": 1},
}
RERUN: dict[str, Any] = {
    "message": "The run was started again, by version 1 of the workflow.",
    "new_run": ACCEPTED,
}
RESUMED: dict[str, Any] = {
    "message": 'The run goes on behind "named" and takes over 1 step.',
    "new_run": ACCEPTED,
}
INACTIVE = WorkflowInactiveError()
WRONG_TRIGGER = WrongTriggerError("sync_request_trigger")
RUN_NOT_FOUND = RunNotFoundError(ACCEPTED["id"])
FINISHED = RunFinishedError(ACCEPTED["id"], "completed")
NOT_FAILED = RunNotFailedError(ACCEPTED["id"], "completed")
NODE_NOT_FOUND = NodeNotFoundError("nowhere")
NOT_RESUMABLE = NodeNotResumableError(
    "hello", 'The node "hello" did not succeed in this run, so there is nothing to go on from.'
)
