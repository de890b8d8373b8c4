"""What a run waits for, so that recovery resumes a wait instead of beginning it again."""

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.json import JsonValue
from app.models.columns import JSON_TEXT, Id, Moment


class RunWait(Base):
    """An open wait (`resolved_at` null) or one that is over and whose step is not recorded yet.

    `prompt` is what a form shows, its texts rendered when the wait began.
    """

    __tablename__ = "run_waits"

    run_id: Mapped[Id]
    path: Mapped[str] = mapped_column(Text(collation="C"), server_default="")
    node_id: Mapped[str] = mapped_column(Text(collation="C"))
    attempt: Mapped[int] = mapped_column(SmallInteger)
    org_id: Mapped[Id]
    component_id: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    due_at: Mapped[Moment | None]
    child_run_id: Mapped[Id | None]
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    token_key_id: Mapped[str | None] = mapped_column(Text)
    resolved_at: Mapped[Moment | None]
    resolution: Mapped[JsonValue] = mapped_column(JSON_TEXT)
    prompt: Mapped[JsonValue] = mapped_column(JSON_TEXT)

    __table_args__ = (
        PrimaryKeyConstraint("run_id", "path", "node_id", "attempt"),
        Index(None, "child_run_id", unique=True, postgresql_where=text("child_run_id IS NOT NULL")),
        Index(None, "token_hash", unique=True, postgresql_where=text("token_hash IS NOT NULL")),
    )
