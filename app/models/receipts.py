"""What was done already, remembered for a day, so that asking again does not do it twice."""

from collections.abc import Sequence

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.models.columns import JSON_TEXT, Id, Moment

LIFETIME_HOURS = 24


class IdempotencyKey(Base):
    """A request that was accepted with an `Idempotency-Key`, and the body that it was answered with."""

    __tablename__ = "idempotency_keys"

    org_id: Mapped[Id]
    route: Mapped[Id]
    resource: Mapped[Id]
    key: Mapped[Id]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Moment]

    __table_args__ = (PrimaryKeyConstraint("org_id", "route", "resource", "key"), Index(None, "created_at"))


class EventReceipt(Base):
    """An event that came with an id, and the runs that it started."""

    __tablename__ = "event_receipts"

    org_id: Mapped[Id]
    event_id: Mapped[Id]
    run_ids: Mapped[Sequence[str]] = mapped_column(JSON_TEXT, nullable=False)
    received_at: Mapped[Moment]

    __table_args__ = (PrimaryKeyConstraint("org_id", "event_id"), Index(None, "received_at"))
