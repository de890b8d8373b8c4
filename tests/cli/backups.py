"""An installation with something of everything in it, whose backup is restored into other databases."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from pydantic import SecretStr
from sqlalchemy import make_url

from app.core.config import VaultSettings
from app.models import Base
from tests.factories.vault_rows import VaultRows
from tests.factories.workflows import webhook_workflow, workflow
from tests.faults.system import PATIENCE_SECONDS
from tests.fixtures.api import Client, Database, database_of, serving
from tests.fixtures.servers import aside
from tests.fixtures.serving import clean_environment
from tests.fixtures.target import SILENCE, Target
from tests.worker.calling import called, calling, child_of, parked
from tests.worker.office import IS_PARKED, Office, form
from tests.worker.world import VAULT_KEYS, World, call, chain, node, text, until

ORGANIZATION = "backed-up"
_NUMBERS = itertools.count()
MARKER = "SELECT to_regclass('virga_restore') IS NOT NULL"
NOT_KEPT = {"node_tests", "workers"}


@dataclass(frozen=True)
class Done:
    code: int
    printed: str
    complained: str


def start(url: str, *arguments: str, **settings: str) -> "subprocess.Popen[str]":
    """Start the command line on a database, with the keys of `VAULT_KEYS`."""
    named = {"DATABASE_URL": url, "VIRGA_VAULT__KEYS": VAULT_KEYS, **settings}
    command = [sys.executable, "-P", "-m", "app.cli", *arguments]
    environment = clean_environment(named)
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def virga(url: str, *arguments: str, **settings: str) -> Done:
    process = start(url, *arguments, **settings)
    try:
        printed, complained = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
    finally:
        process.kill()
    return Done(process.returncode, printed, complained)


def beside(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


async def _on_server(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(beside(url, "postgres"))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@contextmanager
def fresh_database(url: str, process_number: int, owner: str = "CURRENT_USER") -> Iterator[str]:
    """Yield the URL of a database without a schema."""
    name = f"empty_{process_number}_{next(_NUMBERS)}"
    aside(_on_server(url, f'CREATE DATABASE "{name}" TEMPLATE template1', f'ALTER DATABASE "{name}" OWNER TO {owner}'))
    try:
        yield beside(url, name)
    finally:
        aside(_on_server(url, f'DROP DATABASE "{name}" WITH (FORCE)'))


@dataclass(frozen=True)
class Original:
    """The installation as it was, and its backup. `runs` are those under way by what they do."""

    url: str
    file: Path
    said: str
    runs: dict[str, str]
    scheduled: str
    form_url: str
    waiting: tuple[str, ...] = field(default=("parent", "child", "delay", "form", "leased", "pending"))

    @property
    def under_way(self) -> set[str]:
        return {self.runs[name] for name in self.waiting}


async def rows_of(database: Database) -> dict[str, list[str]]:
    """Return every row, as text, of all tables that a backup keeps."""
    found = {}
    for table in sorted(Base.metadata.tables.keys() - NOT_KEPT):
        rows = await database.rows(f"SELECT t::text AS row FROM {table} AS t ORDER BY 1")  # noqa: S608 -- our own names
        found[table] = [row.row for row in rows]
    return found


async def tables_of(url: str) -> int:
    """Count the tables that no extension brought along."""
    async with database_of(url) as database:
        return int(await database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))


@asynccontextmanager
async def office_on(url: str, redis_url: str) -> AsyncIterator[Office]:
    """Open the API and a world on a database, with the keys of `VAULT_KEYS`."""
    world = World(url, redis_url)
    await world.flush_redis()
    vault = VaultSettings(keys=SecretStr(VAULT_KEYS))
    try:
        async with serving(url, redis_url, vault=vault) as app, Client(app, ORGANIZATION) as api:
            yield Office(api, world)
    finally:
        await world.close()


async def backed_up(url: str, redis_url: str, file: Path) -> Original:
    """Fill a database, make a backup of it by the command, and return both."""
    async with office_on(url, redis_url) as office, Target(SILENCE) as silent:
        scheduled = await office.api.created(workflow(schedule_type="interval", schedule_value="1 hour"))
        await office.api.created(webhook_workflow())
        await VaultRows(office.world.execute, VAULT_KEYS, ORGANIZATION).add("crm", "the secret")
        runs = await _begun(office, silent)
        [form_url] = (await office.urls(runs["form"])).values()
        await office.world.execute("INSERT INTO node_tests VALUES ('tst_1', 'o', 'a', NULL, 'k1', NULL, now())")
        done = await virga(url, "backup", str(file))
        assert done.code == 0, done.complained
    return Original(url, file, done.printed, runs, scheduled["id"], form_url)


async def _begun(office: Office, silent: Target) -> dict[str, str]:
    world = office.world
    async with world.worker() as worker:
        child = await office.api.created(_body(*called(node("d", "delay", duration=900, unit="seconds"))))
        runs = {"parent": await office.started(*chain(calling("c", child["id"])))}
        runs["child"] = await child_of(world, runs["parent"])
        runs["delay"] = await office.started(
            *chain(node("d", "delay", duration=900, unit="seconds"), text("said", "late"))
        )
        runs["done"] = await office.started(*chain(text("said", "done \\ \t\n√")))
        runs["form"] = await office.started(*chain(form(buttons=[{"id": "ok"}])))
        await parked(world, runs["parent"], runs["child"], runs["delay"])
        await world.holds(IS_PARKED, id=runs["form"])
        await world.ended(runs["done"])
        runs["leased"] = await office.started(*chain(text("before", "x"), call("slow", silent.url())))
        await until(lambda: bool(silent.requests))
        await worker.die(world)
    runs["pending"] = await office.started(*chain(text("said", "soon")))
    return runs


def _body(nodes: list[dict[str, object]], edges: list[dict[str, object]]) -> dict[str, object]:
    return {"name": "Test", "nodes": nodes, "edges": edges}
