"""Filling an empty database with a backup, in steps of which only the last one makes it fit for servers."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.cli.archive import Archive
from app.cli.migrate import alone, reach, reason, upgrade
from app.cli.postgres_programs import ProgramFailedError, environment_for, fitting
from app.core.clock import Clock
from app.core.db import API_ROLE, STARTER_ROLE, WORKER_ROLE, create_engine, database_now
from app.core.errors import SetupError
from app.models.partitions import ensure_partitions
from app.models.runs import LIVE
from app.models.schema_version import RESTORING_TABLE, VERSION_TABLE, is_half_restored
from app.runs.repository.interrupting import interrupt_all

_OPTIONS = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-tablespaces", "--no-password")

_OF_NO_EXTENSION = """
    NOT EXISTS (SELECT FROM pg_depend WHERE classid = thing.tableoid AND objid = thing.oid AND deptype = 'e')
"""
_TABLES = f"""
    SELECT thing.oid::regclass::text FROM pg_class AS thing
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND {_OF_NO_EXTENSION}
"""  # noqa: S608 -- made of constants
_CLEAR = f"""
    DO $$ DECLARE name text; BEGIN
        FOR name IN {_TABLES} AND NOT relispartition AND relkind IN ('r', 'p') LOOP
            EXECUTE 'DROP TABLE ' || name || ' CASCADE';
        END LOOP;
        FOR name IN SELECT thing.oid::regprocedure::text FROM pg_proc AS thing
                    WHERE pronamespace = 'public'::regnamespace AND {_OF_NO_EXTENSION} LOOP
            EXECUTE 'DROP FUNCTION ' || name;
        END LOOP;
    END $$
"""  # noqa: S608 -- made of constants
_SERVERS = text("""
    SELECT string_agg(DISTINCT application_name, ', ') FROM pg_stat_activity
    WHERE datname = current_database() AND application_name IN ('virga-api', 'virga-worker')
""")
_VERSION = text("SELECT current_setting('server_version_num')::integer / 10000")
_CREATE_ROLE = (
    "DO $$ BEGIN CREATE ROLE {0} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
)
_IS_ROLE = text("SELECT to_regrole(:role) IS NOT NULL")
_IS_MEMBER = text("""
    SELECT EXISTS (
        SELECT FROM pg_auth_members JOIN pg_roles AS member ON member.oid = pg_auth_members.member
        WHERE roleid = to_regrole(:role) AND member.rolname = current_user
    )
""")
_BEGIN = f"CREATE TABLE {RESTORING_TABLE} (version_num varchar(32) NOT NULL)"
_FINISH = (
    f"INSERT INTO {VERSION_TABLE} SELECT version_num FROM {RESTORING_TABLE}",  # noqa: S608 -- made of constants
    f"DROP TABLE {RESTORING_TABLE}",
)
_UNDER_WAY = text(f"SELECT count(*) FROM runs WHERE {LIVE}")  # noqa: S608 -- made of constants
_PLANNED = text("SELECT count(*) FROM workflows WHERE next_run_at IS NOT NULL AND deleted_at IS NULL")
_STOP_SCHEDULES = text("UPDATE workflows SET next_run_at = NULL WHERE next_run_at IS NOT NULL")
_FORGET_WORKERS = text("DELETE FROM workers")
_DECLARE_DEAD = text("UPDATE workers SET dead_at = :now WHERE dead_at IS NULL")


@dataclass(frozen=True, slots=True)
class Restored:
    """How many runs were under way, and how many schedules were on, when the backup was made."""

    runs: int
    schedules: int


async def fill(url: str, archive: Archive, interruption: str | None) -> Restored:
    """Restore. What was under way ends with the message `interruption`, or, without one, is left to be taken over.

    Raises `SetupError`; then the database is empty again.
    """
    engine = create_engine(url, role=None, pool_size=3, application="virga-restore")
    try:
        await reach(engine)
        async with alone(engine):
            await _refuse_unfit(engine, archive)
            await _ensure_roles(engine)
            try:
                return await _fill(engine, url, archive, interruption)
            except BaseException:
                await _execute(engine, [_CLEAR])
                raise
    except ProgramFailedError as error:
        raise SetupError(f"{archive.file} cannot be restored: {error}. The database is as empty as before.") from None
    except (SQLAlchemyError, OSError) as error:
        raise SetupError(f"The backup cannot be restored: {reason(error)}.") from error
    finally:
        await engine.dispose()


async def _refuse_unfit(engine: AsyncEngine, archive: Archive) -> None:
    """Refuse a database that is in use or not empty. What an earlier restore left unfinished is cleared away."""
    async with engine.connect() as connection:
        major = await connection.scalar(_VERSION) or 0
        servers = await connection.scalar(_SERVERS)
        tables = (await connection.execute(text(_TABLES))).scalars().all()
    if major < archive.server_major:
        raise SetupError(
            f"The backup is of PostgreSQL {archive.server_major}, and this server is {major}: take one that is as new."
        )
    if servers:
        raise SetupError(f"Servers work on this database ({servers}): stop them first.")
    if await is_half_restored(engine):
        await _execute(engine, [_CLEAR])
    elif tables:
        raise SetupError(
            f"The database is not empty, it has {len(tables)} tables: restore into an empty database, "
            "or into a new folder by --data-dir."
        )


async def _ensure_roles(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for role in (API_ROLE, WORKER_ROLE, STARTER_ROLE):
            if not await connection.scalar(_IS_ROLE, {"role": role}):  # who may not make roles can have them made
                await connection.execute(text(_CREATE_ROLE.format(role)))
            if not await connection.scalar(_IS_MEMBER, {"role": role}):
                await connection.execute(text(f"GRANT {role} TO CURRENT_USER"))


async def _fill(engine: AsyncEngine, url: str, archive: Archive, interruption: str | None) -> Restored:
    clock = Clock()
    clock.follow(await database_now(engine))
    await _begin(engine, archive.revision)
    await _load(engine, url, archive)
    await _execute(engine, [_owner_policy(table) for table in archive.owned_tables])
    await upgrade(engine, RESTORING_TABLE)
    await ensure_partitions(engine, clock.now())
    await _execute(engine, ["ANALYZE"])
    async with engine.connect() as connection:
        runs = await connection.scalar(_UNDER_WAY) or 0
    if interruption is not None:
        await interrupt_all(engine, interruption, clock)
    async with engine.begin() as connection:
        schedules = await connection.scalar(_PLANNED) or 0
        await _settle(connection, clock, interruption)
        for statement in _FINISH:
            await connection.execute(text(statement))
    return Restored(runs, schedules)


async def _begin(engine: AsyncEngine, revision: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(_BEGIN))
        inserted = f"INSERT INTO {RESTORING_TABLE} VALUES (:revision)"  # noqa: S608 -- made of constants
        await connection.execute(text(inserted), {"revision": revision})


async def _load(engine: AsyncEngine, url: str, archive: Archive) -> None:
    """Load tables and rows, all of them or none."""
    async with engine.connect() as connection:
        programs = fitting(await connection.scalar(_VERSION) or 0)
    environment = environment_for(url, "virga-restore")
    with tempfile.NamedTemporaryFile("w", suffix=".list") as contents:
        contents.write(archive.wanted)
        contents.flush()
        named = [f"--use-list={contents.name}", f"--dbname={environment['PGDATABASE']}"]
        await programs.run("pg_restore", [*_OPTIONS, *named, str(archive.file)], environment)


def _owner_policy(table: str) -> str:
    return f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"


async def _settle(connection: AsyncConnection, clock: Clock, interruption: str | None) -> None:
    """Keep what the old server left behind from starting anything, or hand it over at once."""
    if interruption is None:
        await connection.execute(_DECLARE_DEAD, {"now": clock.now()})
    else:
        await connection.execute(_STOP_SCHEDULES)
        await connection.execute(_FORGET_WORKERS)


async def _execute(engine: AsyncEngine, statements: Sequence[str]) -> None:
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
