"""What the OpenAPI document shows about the vault; a test sends the requests and gets these answers."""

from typing import Any

from app.vault.errors import NameTakenError, VaultItemNotFoundError

CRM_TOKEN: dict[str, Any] = {"name": "crm_token", "secret": "an invented secret", "expires_at": "2099-01-01T00:00:00Z"}
NEW_API_KEY: dict[str, Any] = {"name": "api-key:billing"}
SAVED: dict[str, Any] = {
    "id": "vlt_01kaq3v0c3s8y5b1f7f3q2d6te",
    "name": "crm_token",
    "created_at": "2026-01-15T09:30:00.000000Z",
    "expires_at": "2099-01-01T00:00:00.000000Z",
}
RENEWAL: dict[str, Any] = {"secret": "another invented secret", "expires_at": "2099-07-01T00:00:00Z"}
RENEWED: dict[str, Any] = {**SAVED, "expires_at": "2099-07-01T00:00:00.000000Z"}
NOT_FOUND = VaultItemNotFoundError(SAVED["id"])
NAME_TAKEN = NameTakenError(CRM_TOKEN["name"])
