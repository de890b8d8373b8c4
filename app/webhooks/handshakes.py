"""What services want to hear before they send anything: the word that they have sent, back. No run is started.

Sources: https://docs.slack.dev/reference/events/url_verification,
https://developers.facebook.com/docs/graph-api/webhooks/getting-started,
https://learn.microsoft.com/graph/change-notifications-delivery-webhooks
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.errors import Fault, InvalidRequestError
from app.core.json import JsonObject, JsonValue
from app.http.errors import ParameterMissingError
from app.nodes.webhook_trigger import WebhookTriggerSettings
from app.webhooks.schemas import ChallengeAnswer

VALIDATION_TOKEN = "validationToken"  # noqa: S105 -- the name of a parameter
SUBSCRIBE = "subscribe"


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a service asks in the query: Meta with the first three, Microsoft Graph with the last."""

    mode: str | None
    challenge: str | None
    verify_token: str | None
    validation_token: str | None


def slack_challenge(settings: WebhookTriggerSettings, body: JsonValue) -> ChallengeAnswer | None:
    """Return the answer to Slack's `url_verification`, None to all else."""
    if settings.challenge != "slack" or not isinstance(body, Mapping) or body.get("type") != "url_verification":
        return None
    challenge = body.get("challenge")
    return ChallengeAnswer(challenge=challenge) if isinstance(challenge, str) else None


def graph_validation(settings: WebhookTriggerSettings, query: JsonObject) -> str | None:
    """Return the answer to Microsoft Graph's validation of a new subscription, None to all else."""
    token = query.get(VALIDATION_TOKEN)
    return token if settings.challenge == "msgraph" and isinstance(token, str) else None


def meta_challenge(greeting: Greeting) -> str:
    """Return the answer to Meta's verification request. Raises `InvalidRequestError` for what is none."""
    if greeting.mode != SUBSCRIBE:
        fault = f'must be "{SUBSCRIBE}"'
        raise InvalidRequestError(f"hub.mode {fault}.", faults=[Fault("hub.mode", fault)])
    return _required("hub.challenge", greeting.challenge)


def graph_challenge(greeting: Greeting) -> str:
    """Return the answer to a validation that comes by GET. Raises `ParameterMissingError`."""
    return _required(VALIDATION_TOKEN, greeting.validation_token)


def _required(name: str, value: str | None) -> str:
    if value is None:
        raise ParameterMissingError(f"{name}: is required.", faults=[Fault(name, "is required")])
    return value
