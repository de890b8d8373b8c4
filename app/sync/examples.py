"""What the OpenAPI document shows of synchronous calls; a test calls the workflow and gets this answer."""

from typing import Any

from app.runs.errors import WrongTriggerError
from app.runs.examples import ACCEPTED
from app.sync.errors import SyncTimeoutError, WorkflowFailedError

PAYLOAD: dict[str, Any] = {"item": "umbrella", "count": 2}
QUOTE: dict[str, Any] = {"item": "umbrella", "total": 25.0}
WRONG_TRIGGER = WrongTriggerError("manual_trigger")
FAILED = WorkflowFailedError(ACCEPTED["id"], "Webhook request failed: 503 Service Unavailable")
TIMED_OUT = SyncTimeoutError(ACCEPTED["id"], 30)
