"""Starts a workflow when another system calls its webhook URL."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import TriggerInput
from app.graph.node import Settings, Trigger


class WebhookTriggerSettings(Settings):
    verification: None = Field(default=None, description="Signatures cannot be checked in this version.")
    challenge: None = Field(default=None, description="Handshakes cannot be answered in this version.")

    @field_validator("verification", "challenge", mode="before")
    @classmethod
    def _not_yet(cls, value: JsonValue) -> None:
        """Refuse rather than ignore: the author would believe that calls are verified."""
        if value is not None:
            raise ValueError(
                "Checking signatures and answering handshakes is not available in this version; leave this setting out."
            )


class WebhookTrigger(Trigger):
    component_id = "webhook_trigger"
    settings_type = WebhookTriggerSettings
    trigger_type = "webhook"
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
