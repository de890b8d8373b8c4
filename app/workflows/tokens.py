"""Tokens of webhooks: what a caller must know to start a workflow without any other credential."""

import hashlib
from dataclasses import dataclass

from app.core.crypto import Keyring, Sealed
from app.core.ids import WEBHOOK_TOKEN, new_token
from app.models import Workflow
from app.nodes.webhook_trigger import WebhookTrigger

WEBHOOK_TRIGGER = WebhookTrigger.component_id


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
        if workflow.trigger_component != WEBHOOK_TRIGGER or workflow.webhook_token is not None:
            return
        token = new_token(WEBHOOK_TOKEN)
        sealed = self.keyring.encrypt(token.encode(), org_id=workflow.org_id, item_id=workflow.id)
        workflow.webhook_token_hash = token_hash(token)
        workflow.webhook_token = sealed.blob
        workflow.webhook_token_key_id = sealed.key_id

    def url(self, workflow: Workflow) -> str | None:
        """Return where the webhook trigger listens, None with any other trigger."""
        blob, key_id = workflow.webhook_token, workflow.webhook_token_key_id
        if workflow.trigger_component != WEBHOOK_TRIGGER or blob is None or key_id is None:
            return None
        token = self.keyring.decrypt(Sealed(key_id, blob), org_id=workflow.org_id, item_id=workflow.id)
        return f"{self.public_url}/workflows/webhooks/{token.decode()}"
