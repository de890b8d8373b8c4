"""No organization reaches another's rows, whatever a statement forgets to say."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Executable, Table, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import API_ROLE, STARTER_ROLE, WORKER_ROLE, create_engine, refuse_privileged_role
from app.core.errors import SetupError
from app.models import Base, Run, WorkflowCount
from tests.factories.rows import least_row

MINE, THEIRS = "org-mine", "org-theirs"
OF_THE_SERVER = {"workers"}  # belongs to no organization
TABLES = [table for table in Base.metadata.sorted_tables if table.name not in OF_THE_SERVER]
DENIED = "42501"  # insufficient_privilege, which is also what a policy answers


def each(tables: Iterable[Table]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("table", list(tables), ids=lambda table: table.name)


def all_but(*names: str) -> list[Table]:
    return [table for table in TABLES if table.name not in names]


each_table = each(TABLES)
# What has happened is never changed by the API, and what it may delete is what clients may have gone.
FIXED = (
    *("workflow_versions", "workflow_calls", "schedule_firings", "run_logs", "audit_log"),
    *("idempotency_keys", "event_receipts", "node_tests"),
)
DELETED = ("workflow_calls", "run_waits", "vault_items", "authorizations", "authorization_states")
FORGOTTEN = ("idempotency_keys", "event_receipts", "node_tests")  # after their time
each_that_changes = each(all_but(*FIXED, "authorization_states"))

NOT_PROTECTED = text("""
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND NOT relispartition AND NOT (relrowsecurity AND relforcerowsecurity)
""")
PARTITIONS_WITHIN_REACH = text("""
    SELECT relname, rolname FROM pg_class CROSS JOIN pg_roles
    WHERE relispartition AND relkind = 'r' AND rolname LIKE 'virga\\_%'
    AND has_table_privilege(rolname, pg_class.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
""")
CARELESS_FUNCTIONS = text("""
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
    AND (NOT array_to_string(proconfig, ',') LIKE '%search_path=public, pg_temp%'
         OR has_function_privilege('public', pg_proc.oid, 'EXECUTE'))
""")


@pytest.fixture(scope="module")
def url(make_database: Callable[[], str]) -> str:
    """Return a database with one row of each of two organizations in every table."""
    made = make_database()
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, fill(made)).result()
    return made


async def fill(made: str) -> None:
    async with acting(made, None) as connection:
        for table in TABLES:
            await connection.execute(insert(table), [row_of(table, MINE), row_of(table, THEIRS)])
        await connection.commit()


def row_of(table: Table, org_id: str) -> dict[str, object]:
    workflow_id = f"fl_of_{org_id}"
    own_id = {"id": workflow_id} if "id" in table.c and table.name not in {"runs", "run_logs"} else {}
    state = {"state_hash": org_id.encode()} if table.name == "authorization_states" else {}
    return least_row(table, org_id=org_id, workflow_id=workflow_id, **own_id, **state)


@asynccontextmanager
async def acting(database: str, role: str | None, org_id: str | None = None) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in a role, for an organization; it leaves nothing behind unless it is committed."""
    engine = create_engine(database, role=role, pool_size=1, application="test")
    try:
        async with engine.connect() as connection:
            if org_id is not None:
                await connection.execute(text("SELECT set_config('app.org_id', :org_id, true)"), {"org_id": org_id})
            yield connection
    finally:
        await engine.dispose()


async def is_denied(connection: AsyncConnection, statement: Executable) -> bool:
    with pytest.raises(DBAPIError) as refusal:
        await connection.execute(statement)
    return getattr(refusal.value.orig, "sqlstate", None) == DENIED


async def test_every_table_of_an_organization_forces_row_level_security(url: str) -> None:
    async with acting(url, None) as connection:
        assert set(await connection.scalars(NOT_PROTECTED)) == {"alembic_version", *OF_THE_SERVER}


async def test_partitions_can_be_reached_through_their_protected_table_alone(url: str) -> None:
    async with acting(url, None) as connection:
        assert (await connection.execute(PARTITIONS_WITHIN_REACH)).all() == []


async def test_functions_with_their_owners_rights_are_pinned_down_and_not_public(url: str) -> None:
    async with acting(url, None) as connection:
        assert (await connection.execute(CARELESS_FUNCTIONS)).all() == []


@each_table
async def test_the_api_sees_only_the_organization_it_acts_for(url: str, table: Table) -> None:
    async with acting(url, API_ROLE, MINE) as connection:
        assert set(await connection.scalars(select(table.c.org_id))) == {MINE}


@each_table
@pytest.mark.parametrize("org_id", [None, "", "org-m%", "' OR true --", f"{MINE}' OR '1'='1"])
async def test_the_api_sees_nothing_unless_it_names_an_organization(url: str, table: Table, org_id: str | None) -> None:
    async with acting(url, API_ROLE, org_id) as connection:
        assert await connection.scalar(select(func.count()).select_from(table)) == 0


@each_table
async def test_the_api_cannot_insert_for_another_organization(url: str, table: Table) -> None:
    async with acting(url, API_ROLE, MINE) as connection:
        assert await is_denied(connection, insert(table).values(row_of(table, THEIRS)))


@each_that_changes
async def test_the_api_cannot_change_rows_of_another_organization(url: str, table: Table) -> None:
    changed = update(table).where(table.c.org_id == THEIRS).values(org_id=THEIRS)
    async with acting(url, API_ROLE, MINE) as connection:
        assert (await connection.execute(changed)).rowcount == 0


@pytest.mark.parametrize("name", FIXED)
async def test_the_api_never_changes_what_has_happened(url: str, name: str) -> None:
    table = Base.metadata.tables[name]
    async with acting(url, API_ROLE, MINE) as connection:
        assert await is_denied(connection, update(table).values(org_id=MINE))


@each_table
async def test_the_api_cannot_give_a_row_away(url: str, table: Table) -> None:
    async with acting(url, API_ROLE, MINE) as connection:
        assert await is_denied(connection, update(table).values(org_id=THEIRS))


@each(all_but(*DELETED, *FORGOTTEN))
async def test_the_api_deletes_nothing_else(url: str, table: Table) -> None:
    async with acting(url, API_ROLE, MINE) as connection:
        assert await is_denied(connection, delete(table))


@each_table
async def test_workers_serve_every_organization(url: str, table: Table) -> None:
    async with acting(url, WORKER_ROLE) as connection:
        assert set(await connection.scalars(select(table.c.org_id))) == {MINE, THEIRS}


async def test_the_starter_inserts_runs(url: str) -> None:
    runs = Base.metadata.tables["runs"]
    async with acting(url, STARTER_ROLE) as connection:
        await connection.execute(insert(runs).values(row_of(runs, THEIRS)))


async def test_the_starter_adds_to_counters(url: str) -> None:
    counted = row_of(Base.metadata.tables["workflow_counts"], THEIRS)
    async with acting(url, STARTER_ROLE) as connection:
        await connection.execute(update(WorkflowCount).values(count=WorkflowCount.count + 1))
        await connection.execute(insert(WorkflowCount).values(counted | {"shard": 7}))


@pytest.mark.parametrize("statement", [select(Run.id), update(Run).values(ready=True), delete(Run)], ids=str)
async def test_the_starter_does_nothing_else_with_runs(url: str, statement: Executable) -> None:
    async with acting(url, STARTER_ROLE) as connection:
        assert await is_denied(connection, statement)


@each([*all_but("runs", "workflow_counts"), Base.metadata.tables["workers"]])
async def test_the_starter_reaches_no_other_table(url: str, table: Table) -> None:
    row = row_of(table, MINE)
    for statement in (select(table), insert(table).values(row), update(table).values(row), delete(table)):
        async with acting(url, STARTER_ROLE) as connection:
            assert await is_denied(connection, statement)


@pytest.mark.parametrize("role", [API_ROLE, WORKER_ROLE, STARTER_ROLE])
async def test_a_process_starts_with_a_role_that_has_no_privileges(url: str, role: str) -> None:
    engine = create_engine(url, role=role, pool_size=1, application="test")
    await refuse_privileged_role(engine)
    await engine.dispose()


async def test_a_process_does_not_start_as_a_superuser(url: str) -> None:
    engine = create_engine(url, role=None, pool_size=1, application="test")
    with pytest.raises(SetupError, match="superuser or bypasses row-level security"):
        await refuse_privileged_role(engine)
    await engine.dispose()


@pytest.mark.parametrize("function", ["virga_find_webhook", "virga_find_api_key"])
async def test_a_credential_finds_its_organization_for_the_api_only(url: str, function: str) -> None:
    find = text(f"SELECT org_id FROM {function}('no such hash')")  # noqa: S608 -- our own names
    async with acting(url, API_ROLE) as connection:
        assert (await connection.execute(find)).all() == []
    for role in (STARTER_ROLE, WORKER_ROLE):
        async with acting(url, role) as connection:
            assert await is_denied(connection, find)


VAULT = Base.metadata.tables["vault_items"]


async def test_workers_keep_secrets_and_change_none(url: str) -> None:
    new = {**row_of(VAULT, MINE), "id": "vlt_new", "name": "new"}
    async with acting(url, WORKER_ROLE) as connection:
        await connection.execute(insert(VAULT).values(new))
    for statement in (update(VAULT).values(name="other"), delete(VAULT)):
        async with acting(url, WORKER_ROLE) as connection:
            assert await is_denied(connection, statement)


async def test_workers_make_no_api_keys(url: str) -> None:
    key = {**row_of(VAULT, MINE), "id": "vlt_key", "name": "api-key:new", "api_key_hash": b"x" * 32}
    async with acting(url, WORKER_ROLE) as connection:
        assert await is_denied(connection, insert(VAULT).values(key))
    async with acting(url, API_ROLE, MINE) as connection:
        await connection.execute(insert(VAULT).values(key))
