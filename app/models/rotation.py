"""Encrypting again what is stored, with the keyring's first key, while servers read and write it.

Batches are committed one by one, and a row says itself which key it needs: whoever is interrupted starts again.
"""

from dataclasses import dataclass

from sqlalchemy import Select, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.crypto import DecryptionError, Keyring, Sealed
from app.core.db import Base

BATCH_ROWS = 100


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of ciphertext, with the column beside it that names the key. It is bound to `org_id` and `id`."""

    table: str
    blob: str
    key_id: str


SEALED_COLUMNS = (
    SealedColumn("vault_items", "secret", "secret_key_id"),
    SealedColumn("workflows", "webhook_token", "webhook_token_key_id"),
    SealedColumn("authorizations", "tokens", "tokens_key_id"),
)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What came of one column: how many rows have the new key, and why others could not be read, by their ids."""

    column: SealedColumn
    rows: int
    unreadable: dict[str, str]


async def rotate_column(engine: AsyncEngine, keyring: Keyring, column: SealedColumn) -> Rotated:
    """Re-encrypt what needs another key than the first. Acts as the tables' owner, who sees every organization.

    First what nobody has locked, many rows at a time; then what is left, one by one: who holds a single lock cannot
    be in a circle of waiting.
    """
    rotation = _Rotation(engine, keyring, column)
    rows = await rotation.sweep(BATCH_ROWS, skip_locked=True)
    rotation.unreadable.clear()  # the second sweep meets them again
    rows += await rotation.sweep(1, skip_locked=False)
    return Rotated(column, rows, rotation.unreadable)


async def waiting_forms(engine: AsyncEngine, keyring: Keyring) -> int:
    """Count the forms that wait for an answer at an address which another key than the first one makes."""
    waits = Base.metadata.tables["run_waits"]
    counted = select(func.count()).select_from(waits).where(waits.c.token_key_id != keyring.primary_id)
    async with engine.connect() as connection:
        return await connection.scalar(counted) or 0


class _Rotation:
    def __init__(self, engine: AsyncEngine, keyring: Keyring, column: SealedColumn) -> None:
        self.unreadable: dict[str, str] = {}
        self._engine = engine
        self._keyring = keyring
        self._table: Table = Base.metadata.tables[column.table]
        self._blob = self._table.c[column.blob]
        self._key_id = self._table.c[column.key_id]

    async def sweep(self, size: int, *, skip_locked: bool) -> int:
        """Go once through all rows by their ids, and return how many were encrypted again."""
        changed, last = 0, ""
        while True:
            async with self._engine.begin() as connection:
                found = await connection.execute(self._batch(last, size, skip_locked=skip_locked))
                rows = [(str(row.id), str(row.org_id), Sealed(row.key_id, row.blob)) for row in found]
                for item_id, org_id, sealed in rows:
                    changed += await self._seal_again(connection, item_id, org_id, sealed)
            if not rows:
                return changed
            last = rows[-1][0]

    def _batch(self, last: str, size: int, *, skip_locked: bool) -> Select[tuple[str, str, bytes, str]]:
        table = self._table
        return (
            select(table.c.id, table.c.org_id, self._blob.label("blob"), self._key_id.label("key_id"))
            .where(self._key_id != self._keyring.primary_id, table.c.id > last)
            .order_by(table.c.id)
            .limit(size)
            .with_for_update(key_share=True, skip_locked=skip_locked)
        )

    async def _seal_again(self, connection: AsyncConnection, item_id: str, org_id: str, sealed: Sealed) -> int:
        try:
            plain = self._keyring.decrypt(sealed, org_id=org_id, item_id=item_id)
        except DecryptionError as error:
            self.unreadable[item_id] = str(error)
            return 0
        again = self._keyring.encrypt(plain, org_id=org_id, item_id=item_id)
        written = {self._blob: again.blob, self._key_id: again.key_id}
        await connection.execute(update(self._table).where(self._table.c.id == item_id).values(written))
        return 1
