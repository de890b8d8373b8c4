"""The journal, which is the log: what the user sees is what recovery reads. Range-partitioned by run id."""

from sqlalchemy import BigInteger, Index, Integer, PrimaryKeyConstraint, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.json import JsonObject
from app.models.columns import JSON_TEXT, Id, Moment


class RunLog(Base):
    """One attempt at one step. `handle` is the way taken; null where the run ended there or the attempt is repeated.

    `path` is the iteration path, percent-encoded and joined by dots ("" outside iterators).
    """

    __tablename__ = "run_logs"

    run_id: Mapped[Id]
    path: Mapped[str] = mapped_column(Text(collation="C"), server_default="")
    node_id: Mapped[str] = mapped_column(Text(collation="C"))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    id: Mapped[Id]
    org_id: Mapped[Id]
    workflow_id: Mapped[Id]
    seq: Mapped[int] = mapped_column(Integer)
    component_id: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    output: Mapped[JsonObject] = mapped_column(JSON_TEXT, nullable=False)
    handle: Mapped[str | None] = mapped_column(Text)
    fence: Mapped[int] = mapped_column(BigInteger)
    inherited: Mapped[bool] = mapped_column(server_default=text("false"))
    started_at: Mapped[Moment]
    duration_ms: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[Moment]

    __table_args__ = (
        PrimaryKeyConstraint("run_id", "path", "node_id", "attempt"),
        Index(None, "workflow_id", "id"),
        Index("ix_run_logs_trouble", "workflow_id", "status", "id", postgresql_where=text("status <> 'success'")),
        {"postgresql_partition_by": "RANGE (run_id)"},
    )
