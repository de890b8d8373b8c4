"""Runs, range-partitioned by id (the ULID carries the month)."""

from sqlalchemy import BigInteger, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.json import JsonObject
from app.models.columns import JSON_TEXT, Id, Moment

SUSPECT = "takeovers >= 2"  # from the third claim without progress on, a run may be what kills its workers
LIVE = "status IN ('pending', 'running', 'awaiting_ui_interaction')"


class Run(Base):
    """One execution of one workflow version. Terminal rows never change.

    `ready` means due whatever the clock says, and only while nobody holds the lease; `due_at` alone is a timer.
    `origin_run_id` is the run that this one repeats; with `resumed_node_id` it goes on behind that node, with the
    steps that it inherited in its journal from the start. `answer` is what a synchronous caller gets.
    """

    __tablename__ = "runs"

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    workflow_id: Mapped[Id]
    workflow_version: Mapped[int]
    status: Mapped[str] = mapped_column(Text)
    trigger_type: Mapped[str] = mapped_column(Text)
    trigger_payload: Mapped[JsonObject] = mapped_column(JSON_TEXT, nullable=False)
    started_by: Mapped[str | None] = mapped_column(Text)
    parent_run_id: Mapped[Id | None]
    depth: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    ready: Mapped[bool]
    due_at: Mapped[Moment | None]
    lease_owner: Mapped[Id | None]
    fence: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    takeovers: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    claimed_at: Mapped[Moment | None]
    active_ms: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    cancel_requested_at: Mapped[Moment | None]
    error_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Moment]
    started_at: Mapped[Moment | None]
    completed_at: Mapped[Moment | None]
    origin_run_id: Mapped[Id | None]
    resumed_node_id: Mapped[Id | None]
    answer: Mapped[JsonObject | None] = mapped_column(JSON_TEXT)

    __table_args__ = (
        Index(None, "org_id", "workflow_id", "id"),
        Index(None, "org_id", "workflow_id", "status", "id"),
        Index(None, "workflow_id", "workflow_version"),
        Index("ix_runs_ready", "org_id", "due_at", "id", postgresql_where=text(f"ready AND NOT {SUSPECT}")),
        Index("ix_runs_priority", "org_id", "due_at", "id", postgresql_where=text("ready AND priority > 0")),
        Index("ix_runs_suspect", "due_at", "id", postgresql_where=text(f"ready AND {SUSPECT}")),
        Index(
            "ix_runs_due",
            "due_at",
            postgresql_where=text(f"NOT ready AND due_at IS NOT NULL AND lease_owner IS NULL AND {LIVE}"),
        ),
        Index("ix_runs_leased", "lease_owner", "id", postgresql_where=text("lease_owner IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (id)"},
    )
