"""Receipts of events that came with an id, so that none starts anything twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.models.receipts import LIFETIME_HOURS, EventReceipt
from app.unit_of_work import UnitOfWork

_LIFETIME = timedelta(hours=LIFETIME_HOURS)


class ReceiptRepository:
    def __init__(self, work: UnitOfWork, now: datetime) -> None:
        self._session = work.session
        self._org_id = work.org_id
        self._now = now

    async def find(self, event_id: str) -> Sequence[str] | None:
        """Return the runs that the event has started; None where it is new, or forgotten by now."""
        found = select(EventReceipt.run_ids).where(*self._own(event_id), EventReceipt.received_at > self._cutoff)
        return await self._session.scalar(found)

    async def keep(self, event_id: str, run_ids: Sequence[str]) -> bool:
        """Keep what the event starts. Returns False where it is known, which an equal one under way is waited for."""
        old = delete(EventReceipt).where(*self._own(event_id), EventReceipt.received_at <= self._cutoff)
        await self._session.execute(old)
        receipt = {"org_id": self._org_id, "event_id": event_id, "run_ids": run_ids, "received_at": self._now}
        kept = insert(EventReceipt).values(receipt).on_conflict_do_nothing().returning(EventReceipt.event_id)
        return await self._session.scalar(kept) is not None

    @property
    def _cutoff(self) -> datetime:
        return self._now - _LIFETIME

    def _own(self, event_id: str) -> list[ColumnElement[bool]]:
        return [EventReceipt.org_id == self._org_id, EventReceipt.event_id == event_id]
