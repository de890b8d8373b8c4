"""Starts a workflow when another system calls its webhook URL."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import TriggerInput
from app.graph.node import Settings, Trigger
from app.graph.plain_number import NO_TRUTH

Scheme = Literal["hmac_sha256", "github", "stripe", "slack"]
Challenge = Literal["slack", "meta", "msgraph"]

TIMED: frozenset[Scheme] = frozenset({"stripe", "slack"})  # their calls say when they were made
_ITEM_ID = re.compile(r"vlt_[^\s{}]{1,100}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


def _vault_item(text: str) -> str:
    """Refuse without repeating what was written: it may be the secret itself."""
    if not _ITEM_ID.fullmatch(text):
        raise ValueError("Secrets are kept in the vault: write the id of an item here, such as vlt_01kaq3v0c3s8y5b1f7.")
    return text


VaultItemId = Annotated[
    str, AfterValidator(_vault_item), WithJsonSchema({"type": "string", "pattern": f"^{_ITEM_ID.pattern}$"})
]


class Verification(BaseModel):
    """How a call proves that it comes from whom it seems to come from: a signature over its body."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    scheme: Scheme = Field(description="Whose way of signing it is; hmac_sha256 is the plain one that many use.")
    secret: VaultItemId = Field(description="The vault item with the secret that calls are signed with.")
    header: str | None = Field(
        default=None, description="Where the signature stands, if not where the scheme has it (X-Signature)."
    )
    tolerance_seconds: Annotated[int, Field(ge=1, le=86_400), NO_TRUTH] | None = Field(
        default=None, description="How old a call may be; 300 if not set. Only for stripe and slack."
    )

    @field_validator("header")
    @classmethod
    def _is_a_header(cls, name: str | None) -> str | None:
        if name is not None and not _HEADER_NAME.fullmatch(name):
            raise ValueError('"verification.header" must be the name of a header, such as X-Signature.')
        return name

    @field_validator("tolerance_seconds")
    @classmethod
    def _has_a_time_to_check(cls, seconds: int | None, info: ValidationInfo) -> int | None:
        scheme = info.data.get("scheme")
        if seconds is not None and scheme is not None and scheme not in TIMED:
            raise ValueError(
                f'Calls signed by {scheme} do not say when they were made, so "verification.tolerance_seconds"'
                " has nothing to check; leave it out."
            )
        return seconds


class WebhookTriggerSettings(Settings):
    verification: Verification | None = Field(
        default=None, description="Signatures that calls must carry. Without it the URL is the only credential."
    )
    challenge: Challenge | None = Field(
        default=None, description="Whose handshake is answered when the URL is registered there; it starts no run."
    )
    verify_token: VaultItemId | None = Field(
        default=None, description="The vault item with the token that the handshake of meta must bring."
    )

    @field_validator("verify_token")
    @classmethod
    def _is_for_meta(cls, item_id: str | None, info: ValidationInfo) -> str | None:
        if item_id is not None and info.data.get("challenge", "meta") != "meta":
            raise ValueError('"verify_token" is for the handshake of meta: set "challenge" to meta, or leave it out.')
        return item_id


class WebhookTrigger(Trigger):
    component_id = "webhook_trigger"
    settings_type = WebhookTriggerSettings
    trigger_type = "webhook"
    outputs: ClassVar[Mapping[str, str]] = {
        "trigger_type": "How the run was started: `webhook`.",
        "run_id": "The id of the run.",
        "webhook_payload": "The body that was posted.",
        "body": "The same.",
        "headers": "The request's headers, by names in lower case; credentials are left out or masked.",
        "query": "The query's parameters.",
    }
    example: ClassVar[JsonObject] = {"description": "Called by the shop for each order."}

    def output(self, given: TriggerInput) -> Mapping[str, JsonValue]:
        body = given.payload.get("webhook_payload")
        return {
            "trigger_type": self.trigger_type,
            "run_id": given.run_id,
            "webhook_payload": body,
            "body": body,
            "headers": given.payload.get("headers", {}),
            "query": given.payload.get("query", {}),
        }
