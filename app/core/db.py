"""The database: engines that take a role without privileges beyond their tables, and the metadata's conventions."""

import math
import time
from datetime import datetime
from typing import Any

from sqlalchemy import MetaData, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry

from app.core.errors import SetupError
from app.core.json import dumps, loads

API_ROLE = "virga_api"
WORKER_ROLE = "virga_worker"
STARTER_ROLE = "virga_starter"

CONNECT_SECONDS = 5
IDLE_TRANSACTION_SECONDS = (
    5  # a process that freezes in a transaction must not keep its locks while it is declared dead
)
STATEMENT_SECONDS = 30  # a connection that answers nothing for so long is given up; migrations may take their time
ANSWER_SECONDS = 10  # the same, where somebody waits for an answer who can come again
PING_SECONDS = 2

REST_SECONDS = 1.0  # after which a connection is asked whether it still answers
_RESTS_SINCE = "rests_since"

Engine = AsyncEngine  # for those that hold or hand on a pool without speaking SQL

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


_DATA_CLASSES = frozenset({"21", "22", "23", "54"})  # cardinality, data, integrity, program limit


def blames_data(error: DBAPIError) -> bool:
    """Say whether the database refuses what was sent, so that sending it again is of no use.

    Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
    """
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state[:2] in _DATA_CLASSES
    # The driver could not encode it: its error is the original itself, or what SQLAlchemy's was made from.
    return isinstance(error.orig, ValueError) or isinstance(getattr(error.orig, "__cause__", None), ValueError)


# Connection, rollback (deadlock, serialization), resources, operator intervention, system (a disk that fails).
_OUTAGE_CLASSES = frozenset({"08", "40", "53", "57", "58"})
READ_ONLY = "25006"
_DISK_FULL = "53100"
_BUSY = "The database is too busy for this now; try again."
_SENTENCES = {  # by SQLSTATE or its class
    READ_ONLY: "The database takes no changes for now; try again.",
    _DISK_FULL: "The database has no space left; try again when its operator has made some.",
    "40": _BUSY,
    "53": _BUSY,
}
_UNREACHABLE = "The database cannot be reached; try again."


def is_outage(error: Exception) -> bool:
    """Say whether the database is out of reach or refuses work for now, so that the same request may succeed later."""
    if _state_of(error) == READ_ONLY or _state_of(error)[:2] in _OUTAGE_CLASSES:
        return True
    if isinstance(error, DBAPIError):
        unreachable = error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
        return unreachable and not blames_data(error)
    return isinstance(error, PoolTimeoutError | OSError)


def words_of_outage(error: Exception) -> str:
    """Return the sentence for whoever asked while the database was out."""
    state = _state_of(error)
    return _SENTENCES.get(state) or _SENTENCES.get(state[:2], _UNREACHABLE)


def _state_of(error: Exception) -> str:
    """Return the SQLSTATE of an error, of SQLAlchemy or asyncpg's own (while it connects), or nothing."""
    return str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None) or "")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def create_engine(
    url: str,
    *,
    role: str | None,
    pool_size: int,
    application: str,
    plans_once: bool = False,
    repeats: bool = False,
) -> AsyncEngine:
    """Open a pool whose connections act as `role` (None: as the user of `url`, for migrations only).

    `plans_once` suits those whose statements are always the same: tables of many partitions are costly to plan, and
    indexes are used always, since the planner's statistics of a queue are never true. A connection that has closed is
    replaced when it is taken; so is one that has rested for a while and does not answer, but not for those who say that
    they repeat what failed (`repeats`). These also wait longer for an answer. What has not come in time is not waited
    for again: such a connection is closed without a word.
    """
    server_settings = {"application_name": application, "timezone": "UTC"}
    if role is not None:
        server_settings["role"] = role
        server_settings["idle_in_transaction_session_timeout"] = f"{IDLE_TRANSACTION_SECONDS}s"
    if plans_once:
        server_settings["enable_seqscan"] = "off"
        server_settings["plan_cache_mode"] = "force_generic_plan"
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        connect_args={
            "server_settings": server_settings,
            "timeout": CONNECT_SECONDS,
            "command_timeout": None if role is None else STATEMENT_SECONDS if repeats else ANSWER_SECONDS,
        },
        hide_parameters=True,
        json_serializer=dumps,
        json_deserializer=loads,
    )
    event.listen(engine.sync_engine, "handle_error", _give_up_silent)
    event.listen(engine.sync_engine, "handle_error", _give_up_read_only)
    event.listen(engine.sync_engine, "invalidate", _terminate)
    event.listen(engine.sync_engine, "checkin", _note_rest)
    event.listen(engine.sync_engine, "checkout", _refuse_closed if repeats else _refuse_dead)
    return engine


def _give_up_silent(context: ExceptionContext) -> None:
    """Count a connection that did not answer in time as lost: rolling back on it would take as long again."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False  # each tells by itself whether it answers


def _terminate(connection: DBAPIConnection, _record: ConnectionPoolEntry, _error: BaseException | None) -> None:
    """Close what is given up at once; the library would take leave of the server for two seconds."""
    connection.driver_connection.terminate()


def _give_up_read_only(context: ExceptionContext) -> None:
    """Close a connection that takes no changes: what it was opened to may have become a standby, or read-only.

    New ones find out how things are now.
    """
    if getattr(getattr(context, "original_exception", None), "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True


def _note_rest(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_RESTS_SINCE] = time.monotonic()


def _refuse_closed(connection: DBAPIConnection, _record: ConnectionPoolEntry, _proxy: object) -> None:
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError  # whatever closed this one has closed the others


def _refuse_dead(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: object) -> None:
    """Ask a connection that has rested whether it still answers; one in constant use is believed."""
    _refuse_closed(connection, record, proxy)
    if time.monotonic() - record.info.get(_RESTS_SINCE, math.inf) > REST_SECONDS:
        try:
            connection.run_async(_ping)
        except Exception as error:
            raise InvalidatePoolError from error


async def _ping(driver: Any) -> None:
    await driver.execute(";", timeout=PING_SECONDS)


async def refuse_privileged_role(engine: AsyncEngine) -> None:
    """Raise `SetupError` where the effective role could step over row-level security."""
    async with engine.connect() as connection:
        row = (
            await connection.execute(
                text("SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            )
        ).one()
    if row[1]:
        raise SetupError(f'The database role "{row[0]}" is a superuser or bypasses row-level security; refused.')


async def database_now(engine: AsyncEngine) -> datetime:
    """Read the database's clock."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        moment: datetime = await connection.scalar(text("SELECT clock_timestamp()"))
    return moment
