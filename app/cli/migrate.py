"""Brings a database to this version's schema; the only place that knows alembic."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

import migrations
from app.cli.installation import named_database
from app.core.clock import Clock
from app.core.db import create_engine
from app.core.errors import SetupError
from app.models.partitions import ensure_partitions
from app.models.schema_version import VERSION_TABLE, is_half_restored

_LOCK_KEY = 0x5669726761  # "Virga" in hexadecimal: one migration at a time
_RETRY_SECONDS = (0.1, 0.2, 0.5, 1.0)  # the last one repeats until the tables are free for a moment
_IN_OTHERS_WAY = frozenset({"55P03", "40P01"})  # a lock was not to be had in time, or only by a deadlock


def run() -> None:
    """Migrate the database of DATABASE_URL. Raises `SetupError`."""
    url = named_database()
    if not url:
        raise SetupError("DATABASE_URL is not set: name the database, as in postgresql://user:password@host/database.")
    migrate(url, Clock())


def migrate(url: str, clock: Clock) -> None:
    """Upgrade to the newest revision and lay out partitions; others who migrate wait. Raises `SetupError`."""
    _refuse_other_urls(url)
    asyncio.run(_migrate(url, clock))


def _refuse_other_urls(url: str) -> None:
    try:
        ours = make_url(url).get_backend_name() == "postgresql"
    except (ArgumentError, ValueError):
        ours = False
    if not ours:
        raise SetupError("DATABASE_URL is not of the form postgresql://user:password@host:5432/database.")


async def _migrate(url: str, clock: Clock) -> None:
    engine = create_engine(url, role=None, pool_size=2, application="virga-migrate")
    try:
        await reach(engine)
        async with alone(engine):
            if await is_half_restored(engine):
                raise SetupError("A restore into this database was not finished: run `virga restore` once more.")
            await upgrade(engine, VERSION_TABLE)
            await ensure_partitions(engine, clock.now())
    except (DBAPIError, OSError) as error:
        raise SetupError(f"The database cannot be migrated: {reason(error)}.") from error
    finally:
        await engine.dispose()


async def reach(engine: AsyncEngine) -> None:
    """Connect once. Raises `SetupError` with the driver's reason."""
    try:
        async with engine.connect():
            pass
    except Exception as error:  # the driver has errors of many families for what is wrong with an address
        raise SetupError(f"The database of DATABASE_URL cannot be reached: {reason(error)}.") from error


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Let nobody else change the schema meanwhile: others who want to wait."""
    async with engine.begin() as lock:
        await lock.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        yield


async def upgrade(engine: AsyncEngine, version_table: str) -> None:
    """Upgrade to the newest revision from the one that stands in `version_table`, and keep it there.

    All migrations run in one transaction, which gives up as soon as it has to wait for a lock, and is tried again.
    While it waited, everybody else would queue behind it: servers go on working while their schema grows.
    """
    for attempt in range(1_000_000_000):
        try:
            async with engine.connect() as connection:
                await connection.run_sync(_run_alembic, version_table)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _IN_OTHERS_WAY:
                raise
        else:
            return
        if attempt == len(_RETRY_SECONDS):
            print("Tables are in use by long transactions; trying until they are free.", file=sys.stderr)  # noqa: T201 -- for whoever waits at the terminal
        await asyncio.sleep(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])


def _run_alembic(connection: Connection, version_table: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = version_table
    command.upgrade(config, "head")


def reason(error: Exception) -> str:
    """Return what the driver said, in one line and without parameters."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return (str(origin) or type(origin).__name__).splitlines()[0].rsplit(">: ", 1)[-1]
