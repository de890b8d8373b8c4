"""Systems to hurt: on the run's servers where only processes suffer, else on servers of their own."""

import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest

from app.cli.migrate import migrate
from app.core.clock import Clock
from app.embedded.postgres import Postgres
from app.embedded.valkey import Valkey
from tests.faults import reporting
from tests.faults.clocks import Offset
from tests.faults.fabricated import Fabricated
from tests.faults.ledger import Ledger
from tests.faults.rush import Rush, rushing
from tests.faults.seeds import chance_of
from tests.faults.system import System
from tests.fixtures.servers import DATED
from tests.worker.world import World


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reporting.report(terminalreporter)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Return where an experiment takes its random moments from: the same for the same seed."""
    return chance_of(request.node.nodeid)


@pytest.fixture
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """Return what a test writes down what it did in; the report gets it."""
    ledger = Ledger()
    yield ledger
    reporting.hand_in(request.node, ledger)


@pytest.fixture
def servers_folder() -> Iterator[Path]:
    """Return a folder whose path is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="virga-f-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def valkey(servers_folder: Path) -> Iterator[Valkey]:
    """Return a Valkey that belongs to one test."""
    server = Valkey(servers_folder / "valkey", servers_folder / "s", servers_folder / "valkey.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres(servers_folder: Path) -> Iterator[Postgres]:
    """Return a migrated Postgres that belongs to one test, as durable as an operator's."""
    log = servers_folder / "postgres.log"
    server = Postgres(servers_folder / "pg", servers_folder / "s", log, password="test", settings=DATED)
    migrate(server.start(), Clock())
    yield server
    server.stop()


@pytest.fixture
def offset(tmp_path: Path, ledger: Ledger) -> Offset:
    """Return by how much all clocks are off, of a system that has it in its settings."""
    return Offset(tmp_path / "offset", ledger)


@pytest.fixture
def settings() -> Mapping[str, str]:
    """Return what `system` has besides; modules whose systems differ have a fixture of this name."""
    return {}


@pytest.fixture
async def system(
    make_database: Callable[[], str], redis_url: str, tmp_path: Path, ledger: Ledger, settings: Mapping[str, str]
) -> AsyncIterator[System]:
    """Return a system on the run's own servers."""
    async with System(make_database(), redis_url, tmp_path, ledger, settings) as system:
        yield system


@pytest.fixture
async def rush(make_database: Callable[[], str], valkey: Valkey, tmp_path: Path, ledger: Ledger) -> AsyncIterator[Rush]:
    """Return a system with one worker, whose Valkey is its own."""
    async with rushing(make_database(), valkey.url, tmp_path, ledger) as rush:
        yield rush


@pytest.fixture
async def world(own_database: str, redis_url: str) -> AsyncIterator[World]:
    """Return a database of one test, without anything that works on it."""
    world = World(own_database, redis_url)
    yield world
    await world.close()


@pytest.fixture
def made(world: World) -> Fabricated:
    """Return a database in which anything can be claimed to have happened."""
    return Fabricated(world)
