"""Finding out whom a webhook's token belongs to, before there is an organization to ask in."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_FIND = text("SELECT workflow_id, org_id FROM virga_find_webhook(:token_hash)")


@dataclass(frozen=True, slots=True)
class WebhookOwner:
    workflow_id: str
    org_id: str


async def find_owner(engine: AsyncEngine, token_hash: bytes) -> WebhookOwner | None:
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        row = (await connection.execute(_FIND, {"token_hash": token_hash})).one_or_none()
    return WebhookOwner(*row) if row else None
