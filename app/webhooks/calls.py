"""A call of a webhook as it came, and what of it the trigger gets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.json import JsonObject, JsonValue

MASK = "••••"
_NEVER_KEPT = frozenset({"authorization", "proxy-authorization", "cookie"})
_MASKED = ("-token", "-secret", "-signature", "-key")


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """`raw` are the body's bytes as they were signed, `body` what they say. Names of headers are in lower case."""

    raw: bytes
    body: JsonValue
    headers: Mapping[str, str]
    query: JsonObject


def joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by name in lower case; one that comes several times has its values joined by commas."""
    kept: dict[str, list[str]] = {}
    for name, value in headers:
        kept.setdefault(name.lower(), []).append(value)
    return {name: ", ".join(values) for name, values in kept.items()}


def payload_of(call: WebhookCall, signature_header: str | None) -> JsonObject:
    """Return what the trigger gets. Headers that hold credentials are left out or masked, the signature's too."""
    masked = (*_MASKED, signature_header.lower()) if signature_header else _MASKED
    headers = {
        name: MASK if name.endswith(masked) else value
        for name, value in call.headers.items()
        if name not in _NEVER_KEPT
    }
    return {"webhook_payload": call.body, "headers": headers, "query": call.query}
