"""Finding out whom an API key belongs to, before there is an organization to ask in."""

from dataclasses import dataclass
from datetime import datetime

from app.core.db import Engine
from app.core.statements import Statement, autocommitted

_FIND = Statement("SELECT id, org_id, expires_at, stored_hash FROM virga_find_api_key(:key_hash)")


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An API key as the vault has it. `item_id` is that of its vault item."""

    item_id: str
    org_id: str
    expires_at: datetime | None
    key_hash: bytes


async def find_api_key(engine: Engine, key_hash: bytes) -> StoredKey | None:
    async with autocommitted(engine) as driver:
        rows = await _FIND.rows(driver, {"key_hash": key_hash})
    return StoredKey(*rows[0]) if rows else None
