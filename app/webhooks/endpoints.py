"""The public route of webhooks."""

from fastapi import APIRouter, status

from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute
from app.runs import examples
from app.webhooks.deps import Payload, Webhooks, WebhookToken
from app.webhooks.errors import WebhookNotFoundError
from app.webhooks.schemas import WebhookAccepted

WEBHOOK = "/webhooks/{webhookToken}"

router = APIRouter(prefix="/workflows", tags=["Webhooks"], route_class=JsonRoute)


@router.post(
    WEBHOOK,
    status_code=status.HTTP_202_ACCEPTED,
    summary="Call a webhook",
    responses={
        202: answered("The run that was started.", {"id": examples.ACCEPTED["id"], "status": "pending"}),
        **documented(WebhookNotFoundError(), examples.INACTIVE),
    },
)
async def receive_webhook(webhooks: Webhooks, token: WebhookToken, payload: Payload) -> WebhookAccepted:
    """Start the workflow that listens at this address with what you send. The address is the only credential."""
    return await webhooks.receive(token, payload)
