"""Workflows and every definition they ever had."""

from collections.abc import Sequence

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.json import JsonObject, JsonValue
from app.models.columns import JSON_TEXT, Id, Moment


class Workflow(Base):
    """What a workflow is now. Its graph lies in the version that `version` names.

    `trigger_settings` is the trigger's `data`, with what an alias fixes, so that starting need not read the graph;
    `listens_to` the event, or the pattern of events, that starts it.
    """

    __tablename__ = "workflows"

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str | None] = mapped_column(Text)
    is_active: Mapped[bool]
    schedule_type: Mapped[str] = mapped_column(Text)
    schedule_value: Mapped[str | None] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    next_run_at: Mapped[Moment | None]
    schedule_overlap: Mapped[str] = mapped_column(Text, server_default="allow")
    authorization_id: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int]
    trigger_component: Mapped[str] = mapped_column(Text)
    trigger_settings: Mapped[JsonObject | None] = mapped_column(JSON_TEXT)
    listens_to: Mapped[Id | None]
    webhook_token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    webhook_token: Mapped[bytes | None] = mapped_column(LargeBinary)
    webhook_token_key_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    deleted_at: Mapped[Moment | None]

    __table_args__ = (
        Index(None, "org_id", "id", postgresql_where=text("deleted_at IS NULL")),
        Index(None, "webhook_token_hash", unique=True, postgresql_where=text("webhook_token_hash IS NOT NULL")),
        Index(None, "org_id", "listens_to", postgresql_where=text("listens_to IS NOT NULL AND deleted_at IS NULL")),
        Index(
            None,
            "org_id",
            "authorization_id",
            postgresql_where=text("authorization_id IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index(None, "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index(None, "next_run_at", postgresql_where=text("next_run_at IS NOT NULL AND deleted_at IS NULL")),
    )


class WorkflowVersion(Base):
    """One saved definition, as it was posted. Never changed."""

    __tablename__ = "workflow_versions"

    workflow_id: Mapped[Id]
    version: Mapped[int]
    org_id: Mapped[Id]
    name: Mapped[str] = mapped_column(Text)
    nodes: Mapped[Sequence[JsonValue]] = mapped_column(JSON_TEXT, nullable=False)
    edges: Mapped[Sequence[JsonValue]] = mapped_column(JSON_TEXT, nullable=False)
    created_at: Mapped[Moment]
    created_by: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        PrimaryKeyConstraint("workflow_id", "version"),
        ForeignKeyConstraint(["workflow_id"], ["workflows.id"]),
    )
