"""Starting the workflow that listens at a webhook address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.db import Engine
from app.core.json import JsonObject, JsonValue
from app.runs.starting import Starting
from app.runs.states import RunStatus
from app.webhooks.errors import WebhookNotFoundError
from app.webhooks.repository import find_owner
from app.webhooks.schemas import WebhookAccepted
from app.workflows.tokens import WEBHOOK_TRIGGER, token_hash

MASK = "••••"
STARTED_BY = "webhook"
_NEVER_KEPT = frozenset({"authorization", "proxy-authorization", "cookie"})
_MASKED = ("-token", "-secret", "-signature", "-key")

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class WebhookService:
    engine: Engine
    starting: Starting

    async def receive(self, token: str, payload: JsonObject) -> WebhookAccepted:
        """Start a run with what was sent. Raises `WebhookNotFoundError`, `WorkflowInactiveError`."""
        owner = await find_owner(self.engine, token_hash(token))
        workflow = await self.starting.find(owner.org_id, owner.workflow_id) if owner else None
        if owner is None or workflow is None or workflow.trigger_component != WEBHOOK_TRIGGER:
            raise WebhookNotFoundError
        run = await self.starting.start(owner.org_id, workflow, payload, STARTED_BY)
        return WebhookAccepted(id=run.id, status=RunStatus.PENDING)


def payload_of(body: JsonValue, headers: Pairs, query: Pairs) -> JsonObject:
    """Return what the trigger gets. Headers that hold credentials are left out or masked."""
    return {"webhook_payload": body, "headers": _headers(headers), "query": _query(query)}


def _headers(pairs: Pairs) -> dict[str, JsonValue]:
    kept: dict[str, list[str]] = {}
    for name, value in pairs:
        lowered = name.lower()
        if lowered not in _NEVER_KEPT:
            kept.setdefault(lowered, []).append(MASK if lowered.endswith(_MASKED) else value)
    return {name: ", ".join(values) for name, values in kept.items()}


def _query(pairs: Pairs) -> Mapping[str, JsonValue]:
    kept: dict[str, list[str]] = {}
    for name, value in pairs:
        kept.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in kept.items()}
