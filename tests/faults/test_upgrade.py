"""A new version arrives: its schema under the old processes' feet, then its processes beside them."""

import asyncio
import random
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.db import create_engine
from app.models.schema_version import REQUIRED_REVISION
from tests.faults.calls import repeated
from tests.faults.graphs import links
from tests.faults.instrumented import REVISION_VARIABLE, VERSIONS_VARIABLE
from tests.faults.load import Load
from tests.faults.programs import Program
from tests.faults.system import System, until
from tests.fixtures.serving import free_port
from tests.migrations.next_revision import NEXT, write_next_revision

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FOUND = "SELECT max(version_num) = :revision FROM alembic_version"
REGISTERED = "SELECT count(*) > 0 FROM workers WHERE pid = :pid AND dead_at IS NULL"
REFUSED = f"The database has revision {REQUIRED_REVISION}, this version needs {NEXT}; run `virga migrate`."


def begin(system: System, name: str, *arguments: str, **hooks: str) -> Program:
    """Start a program of the next version's."""
    command = ["tests.faults.instrumented", *arguments]
    log = system._folder / f"{name}.log"
    program = Program(command, system._settings | hooks, log, system.ledger, metrics_port=free_port())
    system.programs.append(program)
    return program


def next_worker(system: System, name: str) -> Program:
    return begin(system, name, "worker", **{REVISION_VARIABLE: NEXT})


async def test_a_schema_that_grows_stops_nobody_and_old_and_new_work_side_by_side(
    system: System, tmp_path: Path, chance: random.Random
) -> None:
    """The next version refuses the old schema; the present one goes on over the migration, and starts after it."""
    versions = tmp_path / "versions"
    versions.mkdir()
    write_next_revision(versions)
    async with system.witness() as target:
        target.delay_seconds = 0.02
        workflow = await system.create(links(target, 3))
        old = await system.worker()
        async with Load(system, workflow, clients=2) as load:
            early = next_worker(system, "worker-early")
            assert await asyncio.to_thread(early.exit_status) == 2
            assert early.said().splitlines()[-1] == REFUSED
            await migrate_under_load(system, versions, load, chance)
            new = next_worker(system, "worker-new")
            await until(lambda: is_registered(system, new))
            await load.accepts(30)
            present = await system.worker()
            await load.accepts(30)
            old.terminate()
            assert await asyncio.to_thread(old.exit_status) == 0
            assert load.refused == 0
        system.api.terminate()
        assert await asyncio.to_thread(system.api.exit_status) == 0
        system.restart_api()
        await system.api_is_ready()
        await system.execute(workflow, 5)
        await system.verify()
    assert (await system.http.get("/health/ready")).json()["schema_revision"] == NEXT
    assert all(NEXT in line_of("schema_found", program) for program in (new, present, system.api))
    assert repeated(target) == set()


async def is_registered(system: System, worker: Program) -> bool:
    assert worker.is_running, worker.said()
    return bool((await system.rows(REGISTERED, pid=worker.pid))[0][0])


async def migrate_under_load(system: System, versions: Path, load: Load, chance: random.Random) -> None:
    """Migrate while somebody reads `runs` for long, as a backup does: the migration waits, and nobody else."""
    backup = create_engine(system._settings["DATABASE_URL"], role=None, pool_size=1, application="test")
    async with backup.connect() as reading:
        await reading.execute(text("SELECT count(*) FROM runs"))
        migrating = begin(system, "migrate", "virga", "migrate", **{VERSIONS_VARIABLE: str(versions)})
        while "trying until they are free" not in migrating.said():
            assert migrating.is_running, migrating.said()
            await load.accepts(chance.randint(5, 15))
            await load.completes_one()
        assert (await system.rows(FOUND, revision=REQUIRED_REVISION))[0][0]
    await backup.dispose()
    assert await asyncio.to_thread(migrating.exit_status) == 0, migrating.said()
    assert (await system.rows(FOUND, revision=NEXT))[0][0]
    await load.accepts(30)
    await load.completes_one()


def line_of(event: str, program: Program) -> str:
    """Return the newest line of a log about an event."""
    return [line for line in program.said().splitlines() if event in line][-1]
