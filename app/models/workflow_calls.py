"""Which workflows call which others, as far as their definitions name them."""

from sqlalchemy import Index, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped

from app.core.db import Base
from app.models.columns import Id


class WorkflowCall(Base):
    """The present version of `caller_id` names `callee_id`. Written with the version."""

    __tablename__ = "workflow_calls"

    caller_id: Mapped[Id]
    callee_id: Mapped[Id]
    org_id: Mapped[Id]

    __table_args__ = (PrimaryKeyConstraint("caller_id", "callee_id"), Index(None, "org_id", "callee_id"))
