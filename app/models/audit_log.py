"""Who changed what, when, and from where."""

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.models.columns import Id, Moment


class AuditEntry(Base):
    """One act. The hashes are of what the resource was before and is afterwards, secrets left out; never changed."""

    __tablename__ = "audit_log"

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    at: Mapped[Moment]
    actor: Mapped[Id]
    token_id: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    action: Mapped[Id]
    resource_type: Mapped[Id]
    resource_id: Mapped[Id]
    before_hash: Mapped[str | None] = mapped_column(Text)
    after_hash: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        Index(None, "org_id", "id"),
        Index(None, "org_id", "actor", "id"),
        Index(None, "org_id", "action", "id"),
        Index(None, "org_id", "resource_type", "id"),
        Index(None, "org_id", "resource_id", "id"),
    )
