"""The short way to the database, for what every run does: the engine's pool, and between take and return asyncpg alone.

Through SQLAlchemy a statement of one row costs about 0.3 ms of CPU, without it 0.05 ms, and a run is some twenty of
them. All else goes through SQLAlchemy, and so does everything that is not the same statement each time.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.db import READ_ONLY

_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)")

# The last is what the driver says of a connection on which the server has announced its end: the announcement has been
# read, that nothing follows has not.
_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Row(asyncpg.Record):  # type: ignore[misc] # asyncpg ships no types
    """A row whose columns are attributes too; `dict(row)` gives them by name."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Driver(Protocol):
    """A connection of asyncpg.

    Source: https://magicstack.github.io/asyncpg/current/api/index.html#connection
    """

    async def fetch(self, query: str, *args: object, record_class: type[Row]) -> list[Row]: ...

    async def executemany(self, command: str, args: Sequence[Sequence[object]]) -> None: ...

    def transaction(self) -> Any: ...

    def is_in_transaction(self) -> bool: ...

    def is_closed(self) -> bool: ...

    def terminate(self) -> None: ...


class Statement:
    """SQL whose parameters are written `:name`. The driver prepares it once a connection.

    Each method raises `DBAPIError`, as SQLAlchemy would. JSON comes as text: select it as `column::text`.
    """

    def __init__(self, sql: str) -> None:
        self._names: list[str] = []
        self._written = sql
        self.sql = _NAMED.sub(self._place, sql)

    def __str__(self) -> str:
        return self._written

    async def rows(self, driver: Driver, parameters: Mapping[str, object]) -> list[Row]:
        with _translated(driver):
            return await driver.fetch(self.sql, *[parameters[name] for name in self._names], record_class=Row)

    async def column(self, driver: Driver, parameters: Mapping[str, object]) -> list[Any]:
        """Return the first value of each row."""
        return [row[0] for row in await self.rows(driver, parameters)]

    async def run_for_each(self, driver: Driver, parameters: Sequence[Mapping[str, object]]) -> None:
        """Execute it once for each of them, in one round trip."""
        with _translated(driver):
            await driver.executemany(self.sql, [[each[name] for name in self._names] for each in parameters])

    def _place(self, match: re.Match[str]) -> str:
        name = match[1]
        if name not in self._names:
            self._names.append(name)
        return f"${self._names.index(name) + 1}"


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[Driver]:
    """Give a driver in a transaction, committed at the end of the block. Raises `DBAPIError` where that fails.

    A connection whose commit came to nothing is closed: the server undoes what is left of it. So is one that did not
    answer in time: it is not asked to roll back, which it would not answer either.
    """
    async with autocommitted(engine) as driver:
        with _translated(driver):
            begun = driver.transaction()
            await begun.start()
        try:
            yield driver
        except Exception:
            with suppress(*_FAILURES, OSError):
                await begun.rollback()
            raise
        with _translated(driver):
            await begun.commit()


@asynccontextmanager
async def autocommitted(engine: AsyncEngine) -> AsyncIterator[Driver]:
    """Give a driver on which each statement is a transaction of its own.

    A connection on which somebody stopped waiting is closed: the answer may be on its way still.
    """
    async with engine.connect() as pooled:
        driver = _driver_of(pooled)
        try:
            yield driver
        except (asyncio.CancelledError, TimeoutError):
            driver.terminate()
            raise
        finally:
            if driver.is_closed() or driver.is_in_transaction():
                driver.terminate()
                await pooled.invalidate()


def driver_within(connection: AsyncConnection) -> Driver:
    """Return the driver of a connection that SQLAlchemy has begun a transaction on, so that both share it."""
    driver = _driver_of(connection)
    if not driver.is_in_transaction():
        raise RuntimeError("No transaction: SQLAlchemy begins it with the first statement of its own.")
    return driver


def _driver_of(connection: AsyncConnection) -> Driver:
    if connection.sync_connection is None:
        raise RuntimeError("The connection is not open.")
    driver: Driver = connection.sync_connection.connection.driver_connection  # type: ignore[assignment] # asyncpg ships no types
    return driver


@contextmanager
def _translated(driver: Driver) -> Iterator[None]:
    """Raise what the driver raises as SQLAlchemy does, so that callers need to know one kind of error only.

    A statement whose answer nobody waits for any more closes the connection.
    """
    try:
        yield
    except (asyncio.CancelledError, TimeoutError):
        driver.terminate()
        raise
    except _FAILURES as error:
        if getattr(error, "sqlstate", None) == READ_ONLY:
            driver.terminate()  # a new connection finds out how things are now
        raise DBAPIError(None, None, error, connection_invalidated=driver.is_closed()) from error
