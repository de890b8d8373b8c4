"""Tokens of webhooks: what a caller must know to start a workflow without any other credential."""

import hashlib
from dataclasses import dataclass

import structlog

from app.core.crypto import DecryptionError, Keyring, Sealed
from app.core.ids import WEBHOOK_TOKEN, new_token
from app.models import Workflow
from app.nodes.webhook_trigger import WebhookTrigger

WEBHOOK_TRIGGER = WebhookTrigger.component_id

log = structlog.get_logger()


def token_hash(token: str) -> bytes:
    """Return what a token is looked up by."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True)
class WebhookTokens:
    """Makes tokens, stored as a hash for the look-up and encrypted for the URL that is shown."""

    keyring: Keyring
    public_url: str

    def ensure(self, workflow: Workflow) -> None:
        """Give a workflow with a webhook trigger its token. It keeps the one it has, whatever its trigger was since."""
        if workflow.trigger_component == WEBHOOK_TRIGGER and workflow.webhook_token is None:
            self.renew(workflow)

    def renew(self, workflow: Workflow) -> None:
        """Give it a new token in place of the one it may have had, which is worth nothing from the commit on."""
        token = new_token(WEBHOOK_TOKEN)
        sealed = self.keyring.encrypt(token.encode(), org_id=workflow.org_id, item_id=workflow.id)
        workflow.webhook_token_hash = token_hash(token)
        workflow.webhook_token = sealed.blob
        workflow.webhook_token_key_id = sealed.key_id

    def url(self, workflow: Workflow) -> str | None:
        """Return where the webhook trigger listens, None with any other trigger.

        None also where the stored token was encrypted with another key: the address works, but only replacing it lets
        it be read again.
        """
        blob, key_id = workflow.webhook_token, workflow.webhook_token_key_id
        if workflow.trigger_component != WEBHOOK_TRIGGER or blob is None or key_id is None:
            return None
        try:
            token = self.keyring.decrypt(Sealed(key_id, blob), org_id=workflow.org_id, item_id=workflow.id)
        except DecryptionError as error:
            log.warning("webhook_token_unreadable", workflow_id=workflow.id, error=str(error))
            return None
        return f"{self.public_url}/workflows/webhooks/{token.decode()}"
