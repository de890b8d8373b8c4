"""The disk of Postgres is full: nobody gets a 500, nothing accepted is lost, and all goes on when there is space."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from app.cli.migrate import migrate
from app.core.clock import Clock
from app.embedded.postgres import Postgres
from tests.faults.ledger import Ledger
from tests.faults.load import load_on
from tests.faults.system import System
from tests.fixtures.servers import DATED

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FULL = "The database has no space left; try again when its operator has made some."
DISK_MEGABYTES = 160
CHUNK = bytes(4096)


class Disk:
    """A small file system, which a test fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        with self._ballast.open("ab", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(CHUNK)
            except OSError:  # there is no space left
                return

    def clear(self) -> None:
        self._ballast.unlink(missing_ok=True)


@pytest.fixture
def disk(servers_folder: Path) -> Iterator[Disk]:
    folder = servers_folder / "disk"
    folder.mkdir()
    programs = shutil.which("mount"), shutil.which("umount")
    mount = [str(programs[0]), "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=0700", "tmpfs", str(folder)]
    if None in programs or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only who may mount a file system can fill one without filling the machine's own: run it as root")
    yield Disk(folder)
    subprocess.run([str(programs[1]), "-l", str(folder)], check=True)


StartOn = Callable[[str], Postgres]


@pytest.fixture
def start_on(servers_folder: Path, disk: Disk) -> Iterator[StartOn]:
    """Return what starts a Postgres with its `data` on the small disk, or its `wal`, and the rest elsewhere."""
    servers: list[Postgres] = []

    def start(what: str) -> Postgres:
        folder = (disk.folder if what == "data" else servers_folder) / "pg"
        log = servers_folder / "postgres.log"
        server = Postgres(folder, servers_folder / "s", log, password="test", settings=DATED)
        servers.append(server)
        server.prepare()
        move_away(folder / "pg_wal", (servers_folder if what == "data" else disk.folder) / "wal")
        migrate(server.start(), Clock())
        return server

    yield start
    disk.clear()
    for server in servers:
        server.stop()


def move_away(folder: Path, place: Path) -> None:
    """Put a folder of Postgres' where it still may read it, with a link in its old place."""
    owner = folder.stat()
    shutil.move(folder, place)
    for path in (place, *place.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    folder.symlink_to(place)


async def test_a_full_disk_refuses_and_loses_nothing(
    start_on: StartOn,
    disk: Disk,
    redis_url: str,
    tmp_path: Path,
    ledger: Ledger,
    chance: random.Random,
) -> None:
    """Tables cannot grow; whoever has to wait for that is told so."""
    postgres = await asyncio.to_thread(start_on, "data")
    async with System(postgres.url, redis_url, tmp_path, ledger) as system, load_on(system) as load:
        for _ in range(2):
            await load.accepts(chance.randint(10, 30))
            with ledger.lasting("disk full, of Postgres' data"):
                disk.fill()
                await load.refuses(20)
                disk.clear()
            await load.recovers()
        assert FULL in load.sentences


async def test_a_full_disk_of_the_log_ends_postgres_and_loses_nothing(
    start_on: StartOn,
    disk: Disk,
    redis_url: str,
    tmp_path: Path,
    ledger: Ledger,
    chance: random.Random,
) -> None:
    """Without space for its log (WAL) Postgres ends; with space it is started again, as by its supervisor."""
    postgres = await asyncio.to_thread(start_on, "wal")
    async with System(postgres.url, redis_url, tmp_path, ledger) as system, load_on(system) as load:
        await load.accepts(chance.randint(10, 30))
        with ledger.lasting("disk full, of Postgres' log (WAL)"):
            disk.fill()
            await use_up_the_segment(system)
            await load.refuses(20)
            disk.clear()
            await asyncio.to_thread(restart, postgres)
        await load.recovers()


async def use_up_the_segment(system: System) -> None:
    """Make Postgres begin a new segment of its log, for which there is no space."""
    fill = "SELECT pg_logical_emit_message(true, 'fill', repeat('x', 1000000)) FROM generate_series(1, 100)"
    with pytest.raises((DBAPIError, OSError)):
        await system.rows(fill)


def restart(postgres: Postgres) -> None:
    assert postgres._process is not None
    postgres._process.stop(signal.SIGQUIT, 20)
    postgres.start()
