"""Making sure that a call comes from whom the workflow expects, with a secret from its organization's vault."""

import hmac
from dataclasses import dataclass

import structlog

from app.core.clock import Clock
from app.core.crypto import Keyring
from app.core.db import Engine
from app.nodes.webhook_trigger import Verification, WebhookTriggerSettings
from app.queue.client import Doorbell
from app.unit_of_work import unit_of_work
from app.vault.errors import VaultItemNotFoundError
from app.vault.revealing import reveal
from app.webhooks.calls import WebhookCall
from app.webhooks.errors import SignatureInvalidError
from app.webhooks.signatures import DEFAULT_TOLERANCE_SECONDS, read_claim
from app.workflows.repository import Startable

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listener:
    """A workflow that listens at a webhook address."""

    org_id: str
    workflow: Startable
    settings: WebhookTriggerSettings


@dataclass(frozen=True, slots=True)
class Verifier:
    engine: Engine
    doorbell: Doorbell
    keyring: Keyring
    clock: Clock

    async def check_call(self, listener: Listener, verification: Verification, call: WebhookCall) -> None:
        """Raise `SignatureInvalidError` unless the call is signed as it has to be, and not too long ago.

        The vault is asked only for calls that claim to be signed.
        """
        claim = read_claim(verification, call.headers)
        secret = await self._secret(listener, verification.secret)
        claim.check(secret.encode(), call.raw)
        claim.check_age(self.clock.now(), verification.tolerance_seconds or DEFAULT_TOLERANCE_SECONDS)

    async def check_token(self, listener: Listener, item_id: str, token: str | None) -> None:
        """Raise `SignatureInvalidError` unless `token` is the secret of the vault item."""
        if token is None:
            raise SignatureInvalidError("hub.verify_token is missing.")
        secret = await self._secret(listener, item_id)
        if not hmac.compare_digest(secret.encode(), token.encode()):
            raise SignatureInvalidError("hub.verify_token is not the one that the workflow expects.")

    async def _secret(self, listener: Listener, item_id: str) -> str:
        """Return the item's secret. Without one nobody gets in, and the log tells the owner why."""
        try:
            async with unit_of_work(self.engine, self.doorbell, listener.org_id) as work:
                secret = await reveal(work, self.keyring, item_id, self.clock.now())
        except VaultItemNotFoundError as error:
            raise _unavailable(listener, error.message) from None
        if not secret:
            raise _unavailable(listener, "The secret is empty.")
        return secret


def _unavailable(listener: Listener, reason: str) -> SignatureInvalidError:
    log.warning("webhook_secret_unavailable", org_id=listener.org_id, workflow_id=listener.workflow.id, reason=reason)
    return SignatureInvalidError(
        "The secret that calls of this webhook are checked with is not available; the workflow's owner has to look"
        " after the vault item that its trigger names."
    )
