"""What a process makes sure of before it works with the database."""

import asyncio

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.crypto import Keyring
from app.core.db import database_now, refuse_privileged_role
from app.core.errors import SetupError
from app.models.partitions import ensure_partitions
from app.models.schema_version import REQUIRED_REVISION, fits, found_revision

_PARTITIONS_SECONDS = 30
_KEY_IDS = text("SELECT virga_key_ids()")

log = structlog.get_logger()


async def prepare_database(engine: AsyncEngine, clock: Clock) -> None:
    """Set the clock by the database's, make the next months' partitions, and refuse what could not work.

    Raises `SetupError`: out of reach, without the schema that is needed, or with a role that could see everything.
    """
    try:
        revision = await found_revision(engine)
        clock.follow(await database_now(engine))
    except Exception as error:
        raise SetupError(f"The database cannot be reached: {error or type(error).__name__}.") from error
    refuse_unfit(revision)
    await refuse_privileged_role(engine)
    try:
        await asyncio.wait_for(ensure_partitions(engine, clock.now()), _PARTITIONS_SECONDS)
    except TimeoutError:
        raise SetupError("The coming months' partitions cannot be made: another session holds their tables.") from None
    log.info("schema_found", revision=revision)


def refuse_unfit(revision: str | None) -> None:
    """Raise `SetupError` where the schema is not one that this code runs on."""
    if not fits(revision):
        found = f"revision {revision}" if revision else "no schema"
        raise SetupError(f"The database has {found}, this version needs {REQUIRED_REVISION}; run `virga migrate`.")


async def needed_keys(engine: AsyncEngine) -> frozenset[str]:
    """Return the ids of all keys that something stored can only be read with, whichever rows the role may see."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        return frozenset((await connection.execute(_KEY_IDS)).scalars())


async def refuse_missing_keys(engine: AsyncEngine, keyring: Keyring) -> None:
    """Raise `SetupError` where something stored can only be read with a key that is not configured."""
    missing = sorted(await needed_keys(engine) - keyring.key_ids)
    if missing:
        names = ", ".join(f'"{name}"' for name in missing)
        raise SetupError(f"VIRGA_VAULT__KEYS lacks the key {names}, which stored secrets were encrypted with.")
