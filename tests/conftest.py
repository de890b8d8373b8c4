"""What every test can ask for: the run's Postgres and Valkey, a database and a Valkey number of its own process."""

import itertools
import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from app.core import memory
from tests.faults.seeds import choose_seed, seed
from tests.fixtures.databases import Databases
from tests.fixtures.servers import Run, Servers, servers_of_this_run

MOST_PROCESSES = 16  # each has one of Valkey's databases to itself

_RUN = pytest.StashKey[Run]()

settings.register_profile("virga", deadline=None)  # a slow moment of the machine is not a fault
settings.load_profile("virga")


def pytest_xdist_auto_num_workers() -> int:
    """Run three processes on two cores: much of what tests wait for is another process."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores + cores // 2, MOST_PROCESSES)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # not a process that xdist started: it began the run
        choose_seed()
        config.stash[_RUN] = Run()


def pytest_report_header() -> str:
    return f"faults: seed {seed()} (the same again: make faults SEED={seed()})"


def pytest_collection_finish() -> None:
    memory.settle()  # ten thousand collected tests are looked at for garbage over and over otherwise


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUN in config.stash:
        config.stash[_RUN].end()


@pytest.fixture(scope="session")
def process_number() -> int:
    """Return 0, 1, …: which of the run's test processes this is."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def servers() -> Servers:
    return servers_of_this_run()


@pytest.fixture(scope="session")
def make_database(servers: Servers, process_number: int) -> Callable[[], str]:
    """Return what makes a further database, empty and with the present schema, and returns its URL."""
    numbers = itertools.count()
    return lambda: servers.database(f"test_{process_number}_{next(numbers)}")


@pytest.fixture(scope="session")
def databases(make_database: Callable[[], str]) -> Databases:
    return Databases(make_database)


@pytest.fixture
def own_database(databases: Databases) -> Iterator[str]:
    """Return the URL of a database that is this test's alone for as long as it lasts."""
    with databases.lent() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(make_database: Callable[[], str]) -> str:
    """Return the URL of this test process's database, as the owner of the schema."""
    return make_database()


@pytest.fixture(scope="session")
def redis_url(servers: Servers, process_number: int) -> str:
    """Return the URL of this test process's Valkey database."""
    return f"{servers.redis_url}?db={process_number}"
