"""What endpoints about webhooks work with."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from app.http.deps import ResourcesDep
from app.http.optional import NEVER_NULL
from app.http.text_body import gathered
from app.runs.deps import StartingDep
from app.webhooks.calls import WebhookCall, joined
from app.webhooks.handshakes import VALIDATION_TOKEN, Greeting
from app.webhooks.service import WebhookService
from app.webhooks.verification import Verifier

WebhookToken = Annotated[str, Path(alias="webhookToken", description="The secret at the end of `webhook_url`.")]


async def webhook_service(held: ResourcesDep, starting: StartingDep) -> WebhookService:
    verifier = Verifier(held.engine, held.doorbell, held.keyring, held.clock)
    per_minute = held.settings.rate_limit.per_webhook
    return WebhookService(held.lookups, starting, verifier, held.rate_limiter, per_minute)


Webhooks = Annotated[WebhookService, Depends(webhook_service)]


async def webhook_call(request: Request) -> WebhookCall:
    """Return what was sent; no body counts as an empty object."""
    raw = await request.body()
    body = await request.json() if raw else {}
    return WebhookCall(raw, body, joined(request.headers.items()), gathered(request.query_params.multi_items()))


Call = Annotated[WebhookCall, Depends(webhook_call)]


async def greeting(
    mode: Annotated[str | None, NEVER_NULL, Query(alias="hub.mode", description="Meta: `subscribe`.")] = None,
    challenge: Annotated[
        str | None, NEVER_NULL, Query(alias="hub.challenge", description="Meta: what is answered.")
    ] = None,
    verify_token: Annotated[
        str | None, NEVER_NULL, Query(alias="hub.verify_token", description="Meta: the trigger's `verify_token`.")
    ] = None,
    validation_token: Annotated[
        str | None, NEVER_NULL, Query(alias=VALIDATION_TOKEN, description="Microsoft Graph: what is answered.")
    ] = None,
) -> Greeting:
    return Greeting(mode, challenge, verify_token, validation_token)


GreetingDep = Annotated[Greeting, Depends(greeting)]
