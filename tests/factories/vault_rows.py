"""Items of the vault put straight into the database, sealed as the API seals them."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from app.core.clock import Clock
from app.core.crypto import Keyring
from app.core.ids import VAULT_ITEM, IdSource

Execute = Callable[..., Awaitable[None]]  # a statement, and its parameters by name

_CLOCK = Clock()
_IDS = IdSource(_CLOCK)
_INSERT = """
    INSERT INTO vault_items (id, org_id, name, secret, secret_key_id, created_by, created_at, updated_at, expires_at)
    VALUES (:id, :org, :name, :secret, :key, 'test', :now, :now, :expires)
"""
_ROTATE = "UPDATE vault_items SET secret = :secret, secret_key_id = :key WHERE id = :id"
_ADD_KEY = """
    INSERT INTO vault_items (id, org_id, name, api_key_hash, created_by, created_at, updated_at)
    VALUES (CAST(:id AS text), :org, :name, sha256(CAST(CAST(:id AS text) AS bytea)), 'test', :now, :now)
"""


class VaultRows:
    """Writes vault items of one organization."""

    def __init__(self, execute: Execute, keys: str, org_id: str = "org-a") -> None:
        self._execute = execute
        self._keyring = Keyring.parse(keys)
        self._org_id = org_id

    async def add(self, name: str, secret: str, *, expires_at: datetime | None = None) -> str:
        """Add an item and return its id."""
        item = _IDS.new(VAULT_ITEM)
        sealed = self._keyring.encrypt(secret.encode(), org_id=self._org_id, item_id=item)
        values = {"id": item, "org": self._org_id, "name": name, "secret": sealed.blob, "key": sealed.key_id}
        await self._execute(_INSERT, **values, now=_CLOCK.now(), expires=expires_at)
        return item

    async def rotate(self, item: str, secret: str) -> None:
        """Give an item another secret."""
        sealed = self._keyring.encrypt(secret.encode(), org_id=self._org_id, item_id=item)
        await self._execute(_ROTATE, id=item, secret=sealed.blob, key=sealed.key_id)

    async def add_api_key(self, name: str) -> None:
        await self._execute(_ADD_KEY, id=_IDS.new(VAULT_ITEM), org=self._org_id, name=name, now=_CLOCK.now())
