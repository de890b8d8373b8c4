"""What endpoints about webhooks work with."""

from typing import Annotated

from fastapi import Body, Depends, Path, Request
from pydantic import JsonValue

from app.core.json import JsonObject
from app.http.deps import ResourcesDep
from app.runs.deps import StartingDep
from app.webhooks.service import WebhookService, payload_of

WebhookToken = Annotated[str, Path(alias="webhookToken", description="The secret at the end of `webhook_url`.")]


async def webhook_service(held: ResourcesDep, starting: StartingDep) -> WebhookService:
    return WebhookService(held.engine, starting)


Webhooks = Annotated[WebhookService, Depends(webhook_service)]


async def webhook_payload(
    request: Request, body: Annotated[JsonValue, Body(description="Any JSON; none at all counts as `{}`.")] = None
) -> JsonObject:
    """Return what the trigger gets of this request."""
    sent = body if await request.body() else {}
    return payload_of(sent, request.headers.items(), request.query_params.multi_items())


Payload = Annotated[JsonObject, Depends(webhook_payload)]
