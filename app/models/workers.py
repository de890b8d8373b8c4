"""One row a worker process: its lease on all runs that name it."""

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.models.columns import Id, Moment


class WorkerRow(Base):
    """`beat` is a counter, not a time: observers watch whether it moves. `pid_started` tells a reused pid apart."""

    __tablename__ = "workers"

    id: Mapped[Id] = mapped_column(primary_key=True)
    beat: Mapped[int] = mapped_column(BigInteger)
    boot_id: Mapped[str] = mapped_column(Text)
    pid_ns: Mapped[str] = mapped_column(Text)
    pid: Mapped[int]
    pid_started: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[Moment]
    dead_at: Mapped[Moment | None]
