"""Starting the workflow that listens at a webhook address."""

from dataclasses import dataclass

from app.core.db import Engine
from app.core.json import JsonObject
from app.http.errors import MethodNotAllowedError
from app.http.idempotency.once import Once, Purpose
from app.http.rate_limit import RateLimiter
from app.nodes.webhook_trigger import WebhookTriggerSettings
from app.runs.starting import Starting
from app.runs.states import RunStatus
from app.webhooks.calls import WebhookCall, payload_of
from app.webhooks.errors import WebhookNotFoundError
from app.webhooks.handshakes import Greeting, graph_challenge, graph_validation, meta_challenge, slack_challenge
from app.webhooks.repository import find_owner
from app.webhooks.schemas import ChallengeAnswer, WebhookAccepted
from app.webhooks.signatures import header_of
from app.webhooks.verification import Listener, Verifier
from app.workflows.tokens import WEBHOOK_TRIGGER, token_hash

STARTED_BY = "webhook"


@dataclass(frozen=True, slots=True)
class WebhookService:
    """Takes the calls of all webhooks; `per_minute` is what one of them may be called, 0: as often as they like."""

    lookups: Engine
    starting: Starting
    verifier: Verifier
    limiter: RateLimiter
    per_minute: int

    async def receive(self, token: str, call: WebhookCall, once: Once) -> WebhookAccepted | ChallengeAnswer | str:
        """Start a run with what was sent, or answer a handshake: Slack's with an object, Microsoft Graph's with a text.

        Raises `WebhookNotFoundError`, `RateLimitedError`, `SignatureInvalidError`, `WorkflowInactiveError`,
        `BodyTooLargeError`, and what `Once.answer` raises.
        """
        listener = await self._find(token)
        validation = graph_validation(listener.settings, call.query)
        if validation is not None:  # Graph signs nothing, and has nothing to prove yet
            return validation
        verification = listener.settings.verification
        if verification is not None:
            await self.verifier.check_call(listener, verification, call)
        challenge = slack_challenge(listener.settings, call.body)
        if challenge is not None:
            return challenge
        payload = payload_of(call, header_of(verification) if verification else None)
        return await self._start(listener, payload, once)

    async def _start(self, listener: Listener, payload: JsonObject, once: Once) -> WebhookAccepted:
        async def start(starting: Starting) -> WebhookAccepted:
            run = await starting.start(listener.org_id, listener.workflow, payload, STARTED_BY)
            return WebhookAccepted(id=run.id, status=RunStatus.PENDING)

        purpose = Purpose("webhook", listener.workflow.id)
        return await self.starting.once(listener.org_id, once, purpose, WebhookAccepted, start)

    async def answer(self, token: str, greeting: Greeting) -> str:
        """Answer a handshake that comes by GET, of Meta or Microsoft Graph, and start nothing.

        Raises `WebhookNotFoundError`, `RateLimitedError`, `MethodNotAllowedError` where none is expected,
        `SignatureInvalidError`, `InvalidRequestError`.
        """
        listener = await self._find(token)
        settings = listener.settings
        if settings.challenge == "msgraph":
            return graph_challenge(greeting)
        if settings.challenge != "meta":
            raise MethodNotAllowedError("This webhook does not take GET, but POST.", headers={"Allow": "POST"})
        challenge = meta_challenge(greeting)
        if settings.verify_token is not None:
            await self.verifier.check_token(listener, settings.verify_token, greeting.verify_token)
        return challenge

    async def _find(self, token: str) -> Listener:
        owner = await find_owner(self.lookups, token_hash(token))
        if owner is None:
            raise WebhookNotFoundError
        if self.per_minute > 0:
            await self.limiter.take(f"webhook:{owner.workflow_id}", self.per_minute)
        workflow = await self.starting.find(owner.org_id, owner.workflow_id)
        if workflow is None or workflow.trigger_component != WEBHOOK_TRIGGER:
            raise WebhookNotFoundError
        settings = WebhookTriggerSettings.model_validate(workflow.trigger_settings)
        return Listener(owner.org_id, workflow, settings)
