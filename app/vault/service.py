"""Keeping secrets and making API keys. Nothing here reads a secret again: that is for those who use it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.audit.service import AuditTrail, Resource
from app.auth.api_keys import api_key_hash, new_api_key
from app.core.clock import Clock, format_time
from app.core.crypto import Keyring
from app.core.errors import Fault
from app.core.ids import VAULT_ITEM, IdSource
from app.core.json import JsonValue
from app.models import VaultItem
from app.vault import schemas
from app.vault.errors import VaultItemInvalidError, VaultItemNotFoundError
from app.vault.faults import faults_of_change, faults_of_new
from app.vault.repository import VaultRepository
from app.vault.schemas import SecretText, VaultItemCreate, VaultItemUpdate

RESOURCE = "vault_item"  # as the audit log calls it
SHORTEST_MASKED = 6  # characters: a shorter one stands in innocent text too, so it is masked as a whole value only
SHORT_SECRET = (
    f"The secret has fewer than {SHORTEST_MASKED} characters: in outputs and logs it is masked only where it is the"
    " whole value."
)


@dataclass(frozen=True, slots=True)
class VaultService:
    """What one request does with the vault, inside its transaction."""

    items: VaultRepository
    org_id: str
    keyring: Keyring
    trail: AuditTrail
    clock: Clock
    ids: IdSource

    async def everything(self) -> list[schemas.VaultItem]:
        return [schemas.VaultItem(**_shown(item)) for item in await self.items.newest_first()]

    async def get(self, vault_id: str) -> schemas.VaultItem:
        """Return it without its secret. Raises `VaultItemNotFoundError`."""
        item = await self.items.find(vault_id)
        if item is None:
            raise VaultItemNotFoundError(vault_id)
        return schemas.VaultItem(**_shown(item))

    async def create(self, body: VaultItemCreate, author: str) -> schemas.VaultItemCreated:
        """Keep a secret, or make an API key where there is none. Raises `VaultItemInvalidError`, `NameTakenError`."""
        now, secret = self.clock.now(), body.sent_secret()
        _refuse(faults_of_new(body, now))
        item = VaultItem(
            id=self.ids.new(VAULT_ITEM),
            org_id=self.org_id,
            name=body.name,
            created_by=author,
            created_at=now,
            updated_at=now,
            expires_at=body.expires_at,
        )
        key = None
        if secret is None:
            key = new_api_key()
            item.api_key_hash = api_key_hash(key)
        else:
            self._seal(item, secret)
        await self.items.save(item)
        self.trail.record("vault_item.create", Resource(RESOURCE, item.id), after=_state(item))
        return schemas.VaultItemCreated(**_shown(item), warnings=_warnings(secret), secret=key)

    async def update(self, vault_id: str, body: VaultItemUpdate) -> schemas.VaultItemSaved:
        """Save what was sent; what is as it was already is not written, but a secret always counts as another.

        Raises `VaultItemNotFoundError`, `VaultItemInvalidError`, `NameTakenError`.
        """
        item = await self.items.lock(vault_id)
        if item is None:
            raise VaultItemNotFoundError(vault_id)
        now, secret = self.clock.now(), body.sent_secret()
        _refuse(faults_of_change(item, body, now))
        name, expires_at = body.name_for(item.name), body.expires_at_for(item.expires_at)
        if secret is not None or (name, expires_at) != (item.name, item.expires_at):
            before = _state(item)
            item.name, item.expires_at, item.updated_at = name, expires_at, now
            if secret is not None:
                self._seal(item, secret)
            await self.items.save(item)
            self.trail.record("vault_item.update", Resource(RESOURCE, vault_id), before=before, after=_state(item))
        return schemas.VaultItemSaved(**_shown(item), warnings=_warnings(secret))

    async def delete(self, vault_id: str) -> None:
        """Forget it for good; an API key is refused from the commit on. Raises `VaultItemNotFoundError`."""
        item = await self.items.delete(vault_id)
        if item is None:
            raise VaultItemNotFoundError(vault_id)
        self.trail.record("vault_item.delete", Resource(RESOURCE, vault_id), before=_state(item))

    def _seal(self, item: VaultItem, secret: SecretText) -> None:
        sealed = self.keyring.encrypt(secret.get_secret_value().encode(), org_id=item.org_id, item_id=item.id)
        item.secret, item.secret_key_id = sealed.blob, sealed.key_id


def _refuse(faults: Iterable[Fault]) -> None:
    found = list(faults)
    if found:
        raise VaultItemInvalidError(found)


def _warnings(secret: SecretText | None) -> list[str]:
    if secret is None or len(secret.get_secret_value()) >= SHORTEST_MASKED:
        return []
    return [SHORT_SECRET]


def _shown(item: VaultItem) -> dict[str, Any]:
    return {name: getattr(item, name) for name in schemas.VaultItem.model_fields}


def _state(item: VaultItem) -> dict[str, JsonValue]:
    """Return what the audit log compares. A new secret shows by the time of the change alone."""
    expires_at = None if item.expires_at is None else format_time(item.expires_at)
    return {"name": item.name, "expires_at": expires_at, "updated_at": format_time(item.updated_at)}
