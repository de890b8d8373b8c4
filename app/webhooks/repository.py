"""Finding out whom a webhook's token belongs to, before there is an organization to ask in."""

from dataclasses import dataclass

from app.core.db import Engine
from app.core.statements import Statement, autocommitted

_FIND = Statement("SELECT workflow_id, org_id FROM virga_find_webhook(:token_hash)")


@dataclass(frozen=True, slots=True)
class WebhookOwner:
    workflow_id: str
    org_id: str


async def find_owner(engine: Engine, token_hash: bytes) -> WebhookOwner | None:
    async with autocommitted(engine) as driver:
        rows = await _FIND.rows(driver, {"token_hash": token_hash})
    return WebhookOwner(*rows[0]) if rows else None
