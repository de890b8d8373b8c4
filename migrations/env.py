"""How alembic reaches the database: on the connection that `virga migrate` hands over, or by DATABASE_URL itself."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.sql.schema import SchemaItem

from app.core.db import create_engine
from app.models import Base
from app.models.schema_version import VERSION_TABLE

LOCK_MILLISECONDS = 200  # whoever waits for a table has everybody else who needs it wait, too


def run(connection: Connection) -> None:
    partitions = set(connection.execute(text("SELECT relname FROM pg_class WHERE relispartition")).scalars())
    connection.rollback()

    def is_ours(_item: SchemaItem, name: str | None, kind: str, _reflected: bool, _twin: SchemaItem | None) -> bool:  # noqa: FBT001 -- alembic's signature
        return not (kind == "table" and name in partitions)  # made as time goes by, not by migrations

    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=is_ours,
        version_table=context.config.attributes.get("version_table", VERSION_TABLE),
    )
    with context.begin_transaction():
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_MILLISECONDS}ms'"))
        context.run_migrations()


async def connect_and_run() -> None:
    engine = create_engine(os.environ["DATABASE_URL"], role=None, pool_size=1, application="virga-migrate")
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if context.config.attributes.get("connection") is not None:
    run(context.config.attributes["connection"])
else:
    asyncio.run(connect_and_run())
