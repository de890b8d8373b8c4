"""The vault: secrets that nodes use by name, and keys that callers of the API use."""

from sqlalchemy import Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.models.columns import Id, Moment


class VaultItem(Base):
    """A secret, encrypted (`secret`), or an API key, of which only the hash is kept (`api_key_hash`): one of both."""

    __tablename__ = "vault_items"

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    name: Mapped[str] = mapped_column(Text)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    secret_key_id: Mapped[str | None] = mapped_column(Text)
    api_key_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    expires_at: Mapped[Moment | None]

    __table_args__ = (
        Index(None, "org_id", "name", unique=True),
        Index(None, "api_key_hash", unique=True, postgresql_where=text("api_key_hash IS NOT NULL")),
    )
