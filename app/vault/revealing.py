"""Reading a secret of the vault, for whoever is about to use it."""

from datetime import datetime

from app.core.crypto import Keyring
from app.unit_of_work import UnitOfWork
from app.vault.errors import VaultItemExpiredError, VaultItemNotFoundError
from app.vault.repository import find_secret


async def reveal(work: UnitOfWork, keyring: Keyring, item_id: str, now: datetime) -> str:
    """Return an item's secret. Raises `VaultItemNotFoundError`, `VaultItemExpiredError`, `DecryptionError`."""
    stored = await find_secret(work.session, work.org_id, item_id)
    if stored is None:
        raise VaultItemNotFoundError(item_id)
    if stored.expires_at is not None and stored.expires_at <= now:
        raise VaultItemExpiredError(stored.name, stored.expires_at)
    return keyring.decrypt(stored.sealed, org_id=work.org_id, item_id=item_id).decode()
