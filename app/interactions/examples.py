"""What the OpenAPI document shows about forms; a test opens and answers one and gets these answers."""

from typing import Any

from app.http.errors import RateLimitedError
from app.http.media_types import FORM, JSON
from app.interactions.errors import InteractionClosedError, InteractionNotFoundError
from app.interactions.schemas import InteractionAnswer

_OPTIONAL: dict[str, Any] = {"default": None, "options": [], "min": None, "max": None, "min_length": None}
OPEN: dict[str, Any] = {
    "title": "Approve order 4711?",
    "description": None,
    "assignee": "Purchasing",
    "fields": [
        {
            "name": "amount",
            "type": "number",
            "label": "Amount",
            "required": True,
            **_OPTIONAL,
            "min": 0,
            "max_length": None,
            "visible": True,
        },
    ],
    "buttons": [{"id": "approve", "label": "Approve"}, {"id": "reject", "label": "Reject"}],
    "expires_at": "2026-01-16T10:00:00.000000Z",
}
ANSWER: dict[str, Any] = {"button": "approve", "values": {"amount": 12.5}}
ACCEPTED: dict[str, Any] = {"status": "accepted", "button": "approve"}
NOT_FOUND = InteractionNotFoundError()
CLOSED = InteractionClosedError()
RATE_LIMITED = RateLimitedError("Too many requests; try again in 3 s.")
_ANSWER = InteractionAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
_ANSWER.pop("$defs")
BODY: dict[str, Any] = {
    "required": False,
    "description": "The answer as JSON, or as the page's form sends it: `button`, and `values.` before each name. No"
    " body is an answer without a button.",
    "content": {
        JSON: {"schema": {**_ANSWER, "examples": [ANSWER]}},
        FORM: {"schema": {"type": "object", "additionalProperties": {"type": "string"}}},
    },
}
