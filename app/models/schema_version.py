"""Which schemas this code runs on: its own, and newer ones, since migrations only add within a minor version."""

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

VERSION_TABLE = "alembic_version"
# Holds the revision while a backup is being restored and VERSION_TABLE is empty still: no server starts on half of it.
RESTORING_TABLE = "virga_restore"
REQUIRED_REVISION = "0003"  # revisions are numbered, so that comparing them says which is newer


_IS_RESTORING = text(f"SELECT to_regclass('public.{RESTORING_TABLE}') IS NOT NULL")


async def is_half_restored(engine: AsyncEngine) -> bool:
    """Return whether a restore into this database has begun and not come to its end."""
    async with engine.connect() as connection:
        return bool(await connection.scalar(_IS_RESTORING))


async def found_revision(engine: AsyncEngine) -> str | None:
    """Return the schema's revision, None where there is no schema at all."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        try:
            found: str | None = await connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
        except ProgrammingError:
            return None
    return found


def fits(revision: str | None) -> bool:
    return revision is not None and revision >= REQUIRED_REVISION
