"""What the OpenAPI document shows about events; a test sends the event and gets this answer."""

from typing import Any

from app.runs.examples import ACCEPTED as RUN
from app.workflows.examples import GREETING_SUMMARY

SITE_ADDED: dict[str, Any] = {"event": "site.added", "payload": {"name": "Lisbon", "region": "eu"}, "id": "evt_2f8a"}
ACCEPTED: dict[str, Any] = {
    "started": [RUN["id"]],
    "skipped": [
        {
            "workflow_id": GREETING_SUMMARY["id"],
            "message": '"input" must be a number; it is the text "eu".',
        }
    ],
}
