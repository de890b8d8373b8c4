"""Counters written with the rows they count, so that lists and statistics never count rows."""

from datetime import date

from sqlalchemy import BigInteger, Date, PrimaryKeyConstraint, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.models.columns import Id

SHARDS = 16  # rows that processes count into, so that they rarely wait for each other; more processes than this share
ACCEPTED = "accepted"  # every run there is, whatever became of it


class WorkflowCount(Base):
    """How many runs of a workflow were accepted, completed or failed on a day (UTC), by shard of processes."""

    __tablename__ = "workflow_counts"

    workflow_id: Mapped[Id]
    status: Mapped[str] = mapped_column(Text(collation="C"))
    day: Mapped[date] = mapped_column(Date)
    shard: Mapped[int] = mapped_column(SmallInteger)
    org_id: Mapped[Id]
    count: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (PrimaryKeyConstraint("workflow_id", "status", "day", "shard"),)
