"""Vault items in the database, as they are stored: encrypted, or hashed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Sealed
from app.models import VaultItem
from app.unit_of_work import UnitOfWork
from app.vault.errors import NameTakenError


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """The secret of an item as it lies in the database."""

    name: str
    sealed: Sealed
    expires_at: datetime | None


class VaultRepository:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    async def newest_first(self) -> Sequence[VaultItem]:
        rows = await self._session.scalars(select(VaultItem).where(self._own()).order_by(VaultItem.id.desc()))
        return rows.all()

    async def find(self, vault_id: str) -> VaultItem | None:
        found: VaultItem | None = await self._session.scalar(select(VaultItem).where(*self._one(vault_id)))
        return found

    async def named(self, name: str) -> VaultItem | None:
        found: VaultItem | None = await self._session.scalar(
            select(VaultItem).where(self._own(), VaultItem.name == name)
        )
        return found

    async def lock(self, vault_id: str) -> VaultItem | None:
        """Return what it is once nobody else is changing it, and keep others from changing it until the commit."""
        locked = select(VaultItem).where(*self._one(vault_id)).with_for_update()
        found: VaultItem | None = await self._session.scalar(locked)
        return found

    async def save(self, item: VaultItem) -> None:
        """Write a new or changed item. Raises `NameTakenError`, after which the transaction can only be undone."""
        name = item.name
        self._session.add(item)
        try:
            await self._session.flush()
        except IntegrityError:  # ids and keys do not repeat, so it is the name
            raise NameTakenError(name) from None

    async def delete(self, vault_id: str) -> VaultItem | None:
        """Return what it was, None where there was none."""
        gone: VaultItem | None = await self._session.scalar(
            delete(VaultItem).where(*self._one(vault_id)).returning(VaultItem)
        )
        return gone

    def _own(self) -> ColumnElement[bool]:
        return VaultItem.org_id == self._org_id

    def _one(self, vault_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return self._own(), VaultItem.id == vault_id


async def find_secret(session: AsyncSession, org_id: str, item_id: str) -> StoredSecret | None:
    """Return None where there is no such item, and for API keys, of which no secret is kept."""
    columns = (VaultItem.name, VaultItem.secret_key_id, VaultItem.secret, VaultItem.expires_at)
    own = (VaultItem.org_id == org_id, VaultItem.id == item_id)
    row = (await session.execute(select(*columns).where(*own, VaultItem.api_key_hash.is_(None)))).one_or_none()
    if row is None or row.secret is None or row.secret_key_id is None:
        return None
    return StoredSecret(row.name, Sealed(row.secret_key_id, row.secret), row.expires_at)
