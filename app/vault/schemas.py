"""What clients send and get about vault items. No answer has a secret, but the one that makes an API key."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Secret, StringConstraints
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue, SkipJsonSchema

from app.graph.vault_names import (
    LEAST_CHARACTERS,
    MOST_CHARACTERS,
    MOST_SECRET_CHARACTERS,
    UNFIT,
    checked_name,
)
from app.http.timestamps import SentTimestamp, Timestamp

SecretText = Secret[Annotated[str, StringConstraints(min_length=1, max_length=MOST_SECRET_CHARACTERS)]]
Name = Annotated[
    str,
    Field(
        min_length=LEAST_CHARACTERS,
        max_length=MOST_CHARACTERS,
        description="Unique in the organization; templates read by it. `api-key:…` names an API key.",
        examples=["crm_token"],
        json_schema_extra={"pattern": rf"^[^{re.escape(UNFIT)}\x00-\x1f\x7f]*$"},
    ),
    AfterValidator(checked_name),
]
ExpiresAt = Annotated[
    SentTimestamp | None, Field(description="From when on it cannot be used; it has to lie ahead. Null: never.")
]


def _without_defaults(schema: JsonSchemaValue) -> None:
    for described in schema["properties"].values():
        described.pop("default", None)


def _not_sent() -> SecretText:
    return SecretText("")


class _SecretSent(BaseModel):
    """What creating and changing have in common. The secret is shown by no `repr`."""

    model_config = ConfigDict(strict=True, json_schema_extra=_without_defaults)

    secret: SecretText = Field(
        default_factory=_not_sent,
        description="What is kept, and never shown. For an API key it is left out: the server makes it.",
        json_schema_extra={"format": "password", "writeOnly": True},
    )
    expires_at: ExpiresAt = None

    def sent_secret(self) -> SecretText | None:
        return self.secret if "secret" in self.model_fields_set else None


class VaultItemCreate(_SecretSent):
    """A new item. `secret` is required, unless the name begins with `api-key:`."""

    name: Name


class VaultItemUpdate(_SecretSent):
    """Any part of an item. What is not sent stays as it is."""

    name: Name = ""

    def name_for(self, present: str) -> str:
        return self.name if "name" in self.model_fields_set else present

    def expires_at_for(self, present: datetime | None) -> datetime | None:
        return self.expires_at if "expires_at" in self.model_fields_set else present


class VaultItem(BaseModel):
    """A secret, or an API key, without what is secret of it."""

    id: str = Field(examples=["vlt_01kaq3v0c3s8y5b1f7f3q2d6te"])
    name: str
    created_at: Timestamp
    expires_at: Timestamp | None = Field(description="From when on it cannot be used; null: never.")


def _without_default(schema: JsonDict) -> None:
    schema.pop("default", None)


class VaultItemSaved(VaultItem):
    """An item as it was just saved."""

    warnings: list[str] | SkipJsonSchema[None] = Field(
        default=None,
        description="What was saved and yet is worth a second look; missing where there is nothing.",
        exclude_if=lambda warnings: not warnings,
        json_schema_extra=_without_default,
    )


class VaultItemCreated(VaultItemSaved):
    """A new item; of an API key also the key itself."""

    secret: str | SkipJsonSchema[None] = Field(
        default=None,
        repr=False,
        description="The new API key, shown this once; missing for all other items.",
        examples=["wfk_…"],
        exclude_if=lambda secret: secret is None,
        json_schema_extra=_without_default,
    )
