"""Migrations lead to what the code expects, and back."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

import migrations
from app.models import Base
from app.models.schema_version import REQUIRED_REVISION, fits, found_revision

FOLDER = Path(migrations.__file__).parent

# What was made by migrations, and what the models would make, described alike. Partitions are made as time goes by.
COLUMNS = """
    SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, collname, pg_get_expr(adbin, adrelid)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    LEFT JOIN pg_attrdef ON adrelid = pg_class.oid AND adnum = attnum
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
INDEXES = """
    SELECT pg_get_indexdef(pg_class.oid) FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND NOT relispartition
"""
CONSTRAINTS = """
    SELECT relname, conname, pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE connamespace = 'public'::regnamespace AND NOT relispartition
"""
PARTITIONING = "SELECT partrelid::regclass::text, pg_get_partkeydef(partrelid) FROM pg_partitioned_table"
POLICIES = "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies"
GRANTS = """
    SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants
    WHERE table_schema = 'public' AND grantee LIKE 'virga\\_%'
"""
FUNCTIONS = """
    SELECT proname, prosrc, prosecdef, proconfig::text, proacl::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'virga\\_%'
"""
STRUCTURE = (COLUMNS, INDEXES, CONSTRAINTS, PARTITIONING)
EVERYTHING = (*STRUCTURE, POLICIES, GRANTS, FUNCTIONS)


async def test_the_models_make_the_same_tables_as_the_migrations(owner: AsyncEngine) -> None:
    async with owner.connect() as connection:
        migrated = await connection.run_sync(described, STRUCTURE)
        await connection.run_sync(migrate, command.downgrade, "base")
        await connection.run_sync(Base.metadata.create_all)
        assert await connection.run_sync(described, STRUCTURE) == migrated


async def test_alembic_finds_nothing_left_to_migrate(owner: AsyncEngine) -> None:
    async with owner.connect() as connection:
        await connection.run_sync(migrate, command.check)


async def test_down_and_up_again_leads_to_the_same_schema(owner: AsyncEngine) -> None:
    async with owner.connect() as connection:
        before = await connection.run_sync(described, EVERYTHING)
        await connection.run_sync(migrate, command.downgrade, "base")
        assert await connection.run_sync(described, (COLUMNS, FUNCTIONS)) == [[], []]
        await connection.run_sync(migrate, command.upgrade, "head")
        assert await connection.run_sync(described, EVERYTHING) == before


async def test_the_code_requires_the_newest_revision(owner: AsyncEngine) -> None:
    (head,) = ScriptDirectory(str(FOLDER)).get_heads()
    assert head == REQUIRED_REVISION
    assert await found_revision(owner) == head


async def test_a_database_without_a_schema_has_no_revision(owner: AsyncEngine) -> None:
    async with owner.begin() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    assert await found_revision(owner) is None


@pytest.mark.parametrize(
    ("revision", "fit"), [(None, False), ("0000", False), (REQUIRED_REVISION, True), ("9999", True)]
)
def test_the_schema_may_be_newer_than_the_code_but_not_older(revision: str | None, fit: bool) -> None:  # noqa: FBT001 -- a case
    assert fits(revision) is fit


def migrate(connection: Connection, do: Callable[..., None], *revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    do(config, *revision)


def described(connection: Connection, queries: tuple[str, ...]) -> list[list[str]]:
    return [
        sorted(str(row) for row in connection.execute(text(query)) if "alembic" not in str(row)) for query in queries
    ]
