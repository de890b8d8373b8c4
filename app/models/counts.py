"""Counters written with the rows they count, so that lists and statistics never count rows."""

from datetime import date

from sqlalchemy import BigInteger, Date, PrimaryKeyConstraint, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.models.columns import Id

SHARDS = 16  # rows that processes count into, so that they rarely wait for each other; more processes than this share
ACCEPTED = "accepted"  # every run there is, whatever became of it
FOLDED = date(1970, 1, 1)  # the day that stands for all days which are too long ago to be told apart


def of_logs(status: str) -> str:
    """Return what counts the logs of a status; those of a run are counted on the day on which it ends."""
    return f"log_{status}"


def of_removed(status: str) -> str:
    """Return what counts the runs that retention has taken out of the counter `status`."""
    return f"removed_{status}"


class WorkflowCount(Base):
    """How much of a workflow there is of a status, by day (UTC) and by shard of processes.

    Statuses are `accepted`, `completed` and `failed` for runs that are there, those of `of_removed` for runs that are
    not any more, and those of `of_logs`.
    """

    __tablename__ = "workflow_counts"

    workflow_id: Mapped[Id]
    status: Mapped[str] = mapped_column(Text(collation="C"))
    day: Mapped[date] = mapped_column(Date)
    shard: Mapped[int] = mapped_column(SmallInteger)
    org_id: Mapped[Id]
    count: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (PrimaryKeyConstraint("workflow_id", "status", "day", "shard"),)
