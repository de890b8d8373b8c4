"""What the OpenAPI document shows about webhooks."""

from typing import Any

from app.http.errors import RateLimitedError
from app.http.media_types import FORM, JSON, TEXT
from app.runs import examples
from app.webhooks.errors import SignatureInvalidError, WebhookNotFoundError

ACCEPTED: dict[str, Any] = {"id": examples.ACCEPTED["id"], "status": "pending"}
CHALLENGE = "1158201444"
NOT_FOUND = WebhookNotFoundError()
SIGNATURE_INVALID = SignatureInvalidError('The header "X-Signature" with the signature is missing.')
RATE_LIMITED = RateLimitedError("Too many requests; try again in 3 s.")

_FIELD = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
ANY_BODY: dict[str, Any] = {
    "required": False,
    "description": "Any JSON, a form (in the run as an object), or text and XML of any kind (in the run as a string).",
    "content": {
        JSON: {"schema": {"title": "Body", "description": "Any JSON; none at all counts as `{}`."}},
        FORM: {"schema": {"type": "object", "additionalProperties": _FIELD}},
        TEXT: {"schema": {"type": "string"}},
    },
}
ECHO: dict[str, Any] = {"schema": {"type": "string"}, "example": CHALLENGE}
