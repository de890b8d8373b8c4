"""Monthly partitions of runs and run_logs: one back for clocks that disagree, three ahead for peace of mind."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.ids import RUN, lower_bound

PARENTS = ("runs", "run_logs")
MONTHS_BACK = 1
MONTHS_AHEAD = 3
_RETRY_SECONDS = 0.1
_LOCK_NOT_AVAILABLE = "55P03"

_EXISTING = text(
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
    " WHERE inhparent IN ('public.runs'::regclass, 'public.run_logs'::regclass)"
)
_ADD = text("SELECT virga_add_partition(:parent, :part, :lower, :upper)")


async def ensure_partitions(engine: AsyncEngine, now: datetime) -> None:
    """Create what is missing; a table that is busy for the moment is tried again until it is done."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        existing = set((await connection.execute(_EXISTING)).scalars())
        for first, following in _months(now):
            for parent in PARENTS:
                part = f"{parent}_{first:%Y_%m}"
                if part not in existing:
                    bounds = {"lower": lower_bound(RUN, first), "upper": lower_bound(RUN, following)}
                    await _add_in_the_end(connection, {"parent": parent, "part": part, **bounds})


async def _add_in_the_end(connection: AsyncConnection, parameters: dict[str, str]) -> None:
    added = await _add(connection, parameters)
    while not added:
        await asyncio.sleep(_RETRY_SECONDS)
        added = await _add(connection, parameters)


async def _add(connection: AsyncConnection, parameters: dict[str, str]) -> bool:
    try:
        await connection.execute(_ADD, parameters)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return False
    return True


def _months(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield (start, end) of each month that must have its partitions."""
    this = now.year * 12 + now.month - 1
    for month in range(this - MONTHS_BACK, this + MONTHS_AHEAD + 1):
        yield _month_start(month), _month_start(month + 1)


def _month_start(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
