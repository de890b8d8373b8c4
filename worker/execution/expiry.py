"""What expires: rows that are kept for a time only go in batches, soon after it is over.

One worker at a time does a batch, by an advisory lock; the others find nothing to do.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.ids import AUDIT_ENTRY, lower_bound
from app.models.receipts import LIFETIME_HOURS
from worker.execution.versions import START, Place, remove_unnamed

BATCH = 1000  # rows a transaction, so that locks are held for milliseconds
PAUSE_SECONDS = 0.05  # between batches: expiry is in no hurry, others are
PERIOD_SECONDS = 30.0
ROUNDS_AN_HOUR = 120
AUDIT_DAYS = 365
FIRING_DAYS = 7  # a due time can come again only where clocks were put back, and nobody's are by a week
LOCK_KEY = 0x657870697265  # "expire" in hexadecimal

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rule:
    """One table's rows go when their `column` is not greater than `limit(now)`."""

    table: str
    key: str
    column: str
    limit: Callable[[datetime], datetime | str]

    @property
    def statement(self) -> TextClause:
        """Delete a batch of what is past `:limit`, oldest first."""
        past = f"SELECT {self.key} FROM {self.table} WHERE {self.column} <= :limit ORDER BY {self.column} LIMIT {BATCH}"
        return text(f"DELETE FROM {self.table} WHERE ({self.key}) IN ({past})")


def _now(now: datetime) -> datetime:
    return now


def _remembered_since(now: datetime) -> datetime:
    return now - timedelta(hours=LIFETIME_HOURS)


def _fired_since(now: datetime) -> datetime:
    return now - timedelta(days=FIRING_DAYS)


def _first_audited(now: datetime) -> str:
    return lower_bound(AUDIT_ENTRY, now - timedelta(days=AUDIT_DAYS))


# Secrets lie in these, so they go within a minute; the others within an hour and a few minutes.
SHORT_LIVED = (
    Rule("node_tests", "id", "expires_at", _now),
    Rule("authorization_states", "state_hash", "expires_at", _now),
)
LONG_LIVED = (
    Rule("idempotency_keys", "org_id, route, resource, key", "created_at", _remembered_since),
    Rule("event_receipts", "org_id, event_id", "received_at", _remembered_since),
    Rule("schedule_firings", "workflow_id, scheduled_for", "fired_at", _fired_since),
    Rule("audit_log", "id", "id", _first_audited),
)


class Expiry:
    """Deletes what has expired."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def run_forever(self) -> None:
        """Look for what is short-lived twice a minute, for everything once an hour; what fails is done next time."""
        number = 0
        while True:
            try:
                await self.run_once(SHORT_LIVED)
                if number % ROUNDS_AN_HOUR == 0:
                    await self.run_once(LONG_LIVED)
                    await self.remove_versions()
                number += 1
            except Exception as error:  # noqa: BLE001 -- the database is away: there is time
                log.warning("expiry_failed", error=repr(error))
            await asyncio.sleep(PERIOD_SECONDS)

    async def run_once(self, rules: Sequence[Rule]) -> None:
        for rule in rules:
            deleted = BATCH
            while deleted == BATCH:
                deleted = await self._delete_batch(rule)
                await asyncio.sleep(PAUSE_SECONDS if deleted == BATCH else 0)

    async def remove_versions(self) -> None:
        """Delete old versions of workflows that no run names."""
        place: Place | None = START
        while place is not None:
            async with self._engine.begin() as connection:
                is_ours = await connection.scalar(_TRY_LOCK, {"key": LOCK_KEY})
                place = await remove_unnamed(connection, place) if is_ours else None
            await asyncio.sleep(0 if place is None else PAUSE_SECONDS)

    async def _delete_batch(self, rule: Rule) -> int:
        async with self._engine.begin() as connection:
            if not await connection.scalar(_TRY_LOCK, {"key": LOCK_KEY}):
                return 0
            limit = rule.limit(self._clock.now())
            return (await connection.execute(rule.statement, {"limit": limit})).rowcount
