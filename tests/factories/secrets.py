"""Vault items as the vault keeps them, written past its routes."""

from datetime import datetime
from itertools import count

from app.core.ids import VAULT_ITEM
from app.http.deps import Resources
from tests.fixtures.api import Client, Database

_NUMBERS = count(1)
_INSERT = """
    INSERT INTO vault_items (id, org_id, name, secret, secret_key_id, api_key_hash, created_by, created_at, updated_at,
                             expires_at)
    VALUES (:id, :org_id, :name, :secret, :key_id, :api_key_hash, 'tester', now(), now(), :expires_at)
"""


async def keep_secret(api: Client, database: Database, secret: str, expires_at: datetime | None = None) -> str:
    """Put a secret into the vault of the client's organization and return the item's id."""
    held: Resources = api.app.state.resources
    item_id = held.ids.new(VAULT_ITEM)
    sealed = held.keyring.encrypt(secret.encode(), org_id=api.org_id, item_id=item_id)
    await database.execute(
        _INSERT,
        id=item_id,
        org_id=api.org_id,
        name=f"Secret {next(_NUMBERS)}",
        secret=sealed.blob,
        key_id=sealed.key_id,
        api_key_hash=None,
        expires_at=expires_at,
    )
    return item_id


async def keep_api_key(api: Client, database: Database) -> str:
    """Put an API key, of which only a hash is kept, into the vault and return the item's id."""
    held: Resources = api.app.state.resources
    item_id = held.ids.new(VAULT_ITEM)
    await database.execute(
        _INSERT,
        id=item_id,
        org_id=api.org_id,
        name=f"api-key:{next(_NUMBERS)}",
        secret=None,
        key_id=None,
        api_key_hash=item_id.encode(),
        expires_at=None,
    )
    return item_id
