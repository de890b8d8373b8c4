"""Accounts at an OAuth provider in whose name nodes call the platform's API."""

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.models.columns import Id, Moment


class Authorization(Base):
    """What a user let us do in his name; `user_id` is what the provider calls him.

    `tokens` is a sealed JSON object, `expires_at` the access token's end.
    """

    __tablename__ = "authorizations"

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    tokens: Mapped[bytes | None] = mapped_column(LargeBinary)
    tokens_key_id: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]

    __table_args__ = (Index(None, "org_id", "id"), Index(None, "org_id", "provider", "user_id", unique=True))


class AuthorizationState(Base):
    """A sign-in under way: who began it, and what only we know of it (`sealed`). Good for one use."""

    __tablename__ = "authorization_states"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    org_id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(Text)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_key_id: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[Moment]

    __table_args__ = (Index(None, "expires_at"),)
