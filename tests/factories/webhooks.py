"""Webhooks to call, and signatures as senders make them, written without the code that checks them."""

import hashlib
import hmac

from tests.factories.workflows import node, webhook_workflow
from tests.fixtures.api import PUBLIC_URL, Client


async def listening(api: Client, **trigger: object) -> str:
    """Return the path at which a new workflow listens, whose trigger is set so."""
    saved = await api.created(webhook_workflow(nodes=[node("t", "webhook_trigger", **trigger)]))
    return path_of(saved)


def path_of(saved: dict[str, object]) -> str:
    """Return where a workflow listens."""
    return str(saved["webhook_url"]).removeprefix(PUBLIC_URL)


def digest(secret: str, signed: bytes) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def sign(scheme: str, secret: str, body: bytes, sent_at: int = 0) -> dict[str, str]:
    """Return the headers that a sender adds to a call of this body."""
    timed = {"stripe": f"{sent_at}.".encode() + body, "slack": f"v0:{sent_at}:".encode() + body}
    made = digest(secret, timed.get(scheme, body))
    headers: dict[str, dict[str, str]] = {
        "hmac_sha256": {"X-Signature": made},
        "github": {"X-Hub-Signature-256": f"sha256={made}"},
        "stripe": {"Stripe-Signature": f"t={sent_at},v1={made}"},
        "slack": {"X-Slack-Request-Timestamp": str(sent_at), "X-Slack-Signature": f"v0={made}"},
    }
    return headers[scheme]
