"""Which due times of schedules have fired, so that none does twice."""

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from app.core.db import Base
from app.models.columns import Id, Moment


class ScheduleFiring(Base):
    """One due time of one workflow, written in the transaction that starts its run; null where that was skipped."""

    __tablename__ = "schedule_firings"

    workflow_id: Mapped[Id]
    scheduled_for: Mapped[Moment]
    org_id: Mapped[Id]
    run_id: Mapped[Id | None]
    fired_at: Mapped[Moment]

    __table_args__ = (PrimaryKeyConstraint("workflow_id", "scheduled_for"), Index(None, "fired_at"))
