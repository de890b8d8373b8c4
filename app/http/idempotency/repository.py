"""Keys of requests and the answers that they got: one row a key, held by the transaction that does the work."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.http.idempotency.errors import IdempotencyInProgressError
from app.http.idempotency.gate import PATIENCE_SECONDS
from app.models.receipts import LIFETIME_HOURS
from app.unit_of_work import UnitOfWork

MOST_BYTES = 512  # of a resource's name: longer ones would not fit into the index

_LOCK_NOT_AVAILABLE = "55P03"
_BE_PATIENT = text("SELECT set_config('lock_timeout', :patience, true)")
_FORGET = text("""
    DELETE FROM idempotency_keys
    WHERE org_id = :org_id AND route = :route AND resource = :resource AND key = :key AND created_at <= :forgotten
""")
# An equal request waits here until the first one has ended. Patience is over with that: the work itself has its own.
_CLAIM = text("""
    INSERT INTO idempotency_keys (org_id, route, resource, key, request_hash, answer, created_at)
    VALUES (:org_id, :route, :resource, :key, :request_hash, '', :now)
    ON CONFLICT DO NOTHING
    RETURNING set_config('lock_timeout', '0', true)
""")
_FIND = text("""
    SELECT request_hash, answer FROM idempotency_keys
    WHERE org_id = :org_id AND route = :route AND resource = :resource AND key = :key
""")
_STORE = text("""
    UPDATE idempotency_keys SET answer = :answer
    WHERE org_id = :org_id AND route = :route AND resource = :resource AND key = :key
""")


@dataclass(frozen=True, slots=True)
class Stored:
    """What an equal request, or another one with the same key, was answered with. `answer` is JSON text."""

    request_hash: bytes
    answer: str


class KeyRepository:
    """The row of one key, in the transaction of the request that carries it."""

    def __init__(self, work: UnitOfWork, route: str, resource: str, key: str) -> None:
        self._session = work.session
        self._place = {"org_id": work.org_id, "route": route, "resource": _indexable(resource), "key": key}

    async def claim(self, request_hash: bytes, now: datetime) -> Stored | None:
        """Take the key for this transaction, or return what it was used for within its lifetime.

        Raises `IdempotencyInProgressError` where another transaction has it for too long.
        """
        forgotten = now - timedelta(hours=LIFETIME_HOURS)
        await self._session.execute(_BE_PATIENT, {"patience": f"{PATIENCE_SECONDS}s"})
        try:
            await self._session.execute(_FORGET, self._place | {"forgotten": forgotten})
            claimed = await self._session.execute(_CLAIM, self._place | {"request_hash": request_hash, "now": now})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
                raise IdempotencyInProgressError from None
            raise
        return None if claimed.one_or_none() else await self._find()

    async def store(self, answer: str) -> None:
        """Keep what the request is answered with, for as long as the key lives."""
        await self._session.execute(_STORE, self._place | {"answer": answer})

    async def _find(self) -> Stored:
        row = (await self._session.execute(_FIND, self._place)).one_or_none()
        if row is None:  # its day was over at this very moment
            raise IdempotencyInProgressError
        return Stored(row.request_hash, row.answer)


def _indexable(resource: str) -> str:
    named = resource.encode()
    return resource if len(named) <= MOST_BYTES else hashlib.sha256(named).hexdigest()
