"""An installation whose keys an operator rotates."""

import asyncio
import subprocess
import sys
from dataclasses import dataclass

from app.core.crypto import Keyring, Sealed, new_master_key
from app.models import Base
from app.models.rotation import SealedColumn
from tests.factories.rows import least_row
from tests.fixtures.api import Database
from tests.fixtures.serving import PATIENCE_SECONDS, clean_environment

OLD, NEW = new_master_key("old"), new_master_key("new")
BOTH = f"{NEW},{OLD}"


@dataclass(frozen=True)
class Installation:
    """A database of its own with things encrypted by the old key, and the command on it."""

    url: str
    database: Database

    async def add(self, column: SealedColumn, item_id: str, org_id: str = "acme") -> None:
        """Store a row whose ciphertext is its id's, made with the old key."""
        sealed = Keyring.parse(OLD).encrypt(f"plain {item_id}".encode(), org_id=org_id, item_id=item_id)
        row = least_row(Base.metadata.tables[column.table], id=item_id, org_id=org_id, name=item_id, user_id=item_id)
        row |= {column.blob: sealed.blob, column.key_id: sealed.key_id}
        async with self.database.engine.begin() as connection:
            await connection.execute(Base.metadata.tables[column.table].insert().values(row))

    async def read(self, column: SealedColumn, keys: str) -> dict[str, bytes]:
        """Decrypt a column with `keys`, by the rows' ids."""
        keyring = Keyring.parse(keys)
        rows = await self.database.rows(f"SELECT *, {column.blob} AS b, {column.key_id} AS k FROM {column.table}")  # noqa: S608 -- our own names
        return {
            row.id: keyring.decrypt(Sealed(row.k, row.b), org_id=row.org_id, item_id=row.id) for row in rows if row.k
        }

    def start(self, keys: str = BOTH, **settings: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-P", "-m", "app.cli", "vault", "rotate", "--data-dir", "none"]
        named = {"DATABASE_URL": self.url, "REDIS_URL": "redis://nowhere", "VIRGA_VAULT__KEYS": keys, **settings}
        environment = clean_environment(named)
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    async def rotate(self, keys: str = BOTH, **settings: str) -> tuple[int, str, str]:
        """Return the exit code and what was printed."""
        process = self.start(keys, **settings)
        printed, complained = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
        return process.returncode, printed, complained

    async def by_key(self, column: SealedColumn) -> dict[str, int]:
        counted = f"SELECT {column.key_id} AS key, count(*) AS rows FROM {column.table} GROUP BY 1"  # noqa: S608 -- our own names
        rows = await self.database.rows(counted)
        return {row.key: row.rows for row in rows}
