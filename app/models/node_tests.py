"""Nodes that somebody tries out: a request and its answer, kept sealed and no longer than a minute."""

from sqlalchemy import LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.models.columns import Id, Moment


class NodeTest(Base):
    """Unlogged: whoever waits for the answer asks again after a crash of the database."""

    __tablename__ = "node_tests"

    id: Mapped[Id] = mapped_column(primary_key=True)
    org_id: Mapped[Id]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(Text)
    claimed_by: Mapped[Id | None]
    expires_at: Mapped[Moment]

    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 -- SQLAlchemy's own protocol
