"""The public route of webhooks."""

from fastapi import APIRouter, status

from app.http.requests import JsonRoute
from app.webhooks.deps import Payload, Webhooks, WebhookToken
from app.webhooks.schemas import WebhookAccepted

WEBHOOK = "/webhooks/{webhookToken}"

router = APIRouter(prefix="/workflows", tags=["Webhooks"], route_class=JsonRoute)


@router.post(
    WEBHOOK,
    status_code=status.HTTP_202_ACCEPTED,
    operation_id="receiveWebhook",
    summary="Call a webhook",
)
async def receive_webhook(webhooks: Webhooks, token: WebhookToken, payload: Payload) -> WebhookAccepted:
    """Start the workflow that listens at this address with what you send. The address is the only credential."""
    return await webhooks.receive(token, payload)
