"""An embedded Postgres by itself: its folder, its refusals, and as whom it runs."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from app.core.errors import SetupError
from app.embedded.binaries import postgres_bin
from app.embedded.identity import CAP_DAC_READ_SEARCH, Identity, choose, in_namespace, with_own_uid
from app.embedded.postgres import Postgres
from app.embedded.processes import launched
from tests.fixtures.serving import clean_environment, wait_until

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
FAST = {"fsync": "off"}


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in path.parents)


class Made:
    """A folder, and servers on it that are stopped in the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._servers: list[Postgres] = []

    def postgres(self, identify: Callable[[Path, Path], Identity] = choose) -> Postgres:
        folder, password = self.folder, "it's a @secret/"
        server = Postgres(
            folder / "pg", folder / "s", folder / "pg.log", password=password, settings=FAST, identify=identify
        )
        self._servers.append(server)
        return server

    def stop(self) -> None:
        for server in self._servers:
            server.stop()


@pytest.fixture
def made() -> Iterator[Made]:
    with tempfile.TemporaryDirectory(prefix="virga-pg-") as folder:  # short, since sockets lie in it
        made = Made(Path(folder))
        yield made
        made.stop()


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """Make a data folder once, to be copied and broken."""
    with tempfile.TemporaryDirectory(prefix="virga-pg-") as folder:
        made = Made(Path(folder))
        made.postgres().prepare()
        yield made.folder / "pg"


def test_a_stopped_server_starts_again_on_the_same_data(made: Made) -> None:
    first = made.postgres()
    _run(first.start(), "CREATE TABLE kept ()")
    first.stop()
    _run(made.postgres().start(), "TABLE kept")


async def test_a_server_that_is_about_to_end_is_not_taken_over(made: Made) -> None:
    url = made.postgres().start()
    ending = psutil.Process(_number(made))
    session = await asyncpg.connect(url)
    ending.send_signal(signal.SIGTERM)  # which waits for the session to end
    wait_until(lambda: "stopping" in (made.folder / "pg" / "postmaster.pid").read_text())
    made.postgres().start()
    assert _number(made) != ending.pid
    session.terminate()


async def test_a_living_server_is_taken_over(made: Made) -> None:
    made.postgres().start()
    number = _number(made)
    made.postgres().start()
    assert _number(made) == number


def test_the_password_is_asked_for(made: Made) -> None:
    url = made.postgres().start()
    with pytest.raises(asyncpg.InvalidPasswordError):
        _run(url.replace("secret", "guess"), "SELECT 1")


def test_statement_statistics_are_kept(made: Made) -> None:
    _run(made.postgres().start(), "SELECT sum(calls) FROM pg_stat_statements")


def test_writes_are_durable_by_default(made: Made) -> None:
    folder = made.folder
    server = Postgres(folder / "pg", folder / "s", folder / "pg.log", password="secret")
    try:
        asked = "SELECT current_setting('fsync') || current_setting('synchronous_commit')"
        assert asyncio.run(_fetch(server.start(), asked)) == "onon"
    finally:
        server.stop()


def test_what_an_interrupted_first_start_left_is_made_anew(made: Made) -> None:
    (made.folder / "pg.new").mkdir()
    (made.folder / "pg.new" / "PG_VERSION").write_text("18\n")
    _run(made.postgres().start(), "SELECT 1")


def test_an_empty_folder_is_refused(made: Made) -> None:
    (made.folder / "pg").mkdir()
    with pytest.raises(SetupError, match=r"pg is not a usable Postgres data folder \(PG_VERSION: No such file"):
        made.postgres().start()


def test_an_unreadable_version_is_refused(made: Made, template: Path) -> None:
    shutil.copytree(template, made.folder / "pg")
    (made.folder / "pg" / "PG_VERSION").write_text("garbage")
    with pytest.raises(SetupError, match=r"not a usable Postgres data folder \(PG_VERSION is unreadable\)"):
        made.postgres().start()


def test_data_of_another_major_version_is_refused_with_what_to_do(made: Made, template: Path) -> None:
    shutil.copytree(template, made.folder / "pg")
    (made.folder / "pg" / "PG_VERSION").write_text("17\n")
    with pytest.raises(SetupError, match=r"was made by PostgreSQL 17, and this is 18.*pg_dumpall.*psql"):
        made.postgres().start()


@pytest.mark.parametrize("lost", ["global/pg_control", "pg_wal", "postgresql.conf"])
def test_a_broken_folder_is_refused_in_one_sentence(made: Made, template: Path, lost: str) -> None:
    broken = shutil.copytree(template, made.folder / "pg")
    (broken / lost).rename(made.folder / "lost")
    with pytest.raises(SetupError, match=r"^Postgres cannot use /.*/pg \(.+\); restore the folder, or move it away"):
        made.postgres().start()


@needs_root
def test_root_serves_below_a_closed_folder_and_leaves_its_rights(made: Made) -> None:
    made.folder.chmod(0o700)
    _run(made.postgres().start(), "SELECT 1")
    assert made.folder.stat().st_mode & 0o777 == 0o700
    assert (made.folder / "pg").stat().st_uid == 0


@needs_root
def test_for_root_the_server_has_no_power_over_other_users_files(made: Made) -> None:
    process = psutil.Process(_started(made, choose))
    capabilities = Path(f"/proc/{process.pid}/status").read_text()
    assert "CapEff:\t0000000000000000" in capabilities


@needs_root
def test_a_way_that_would_not_find_the_data_is_known_before(made: Made) -> None:
    identity = in_namespace(postgres_bin())
    assert identity is not None
    assert identity.reaches(made.folder)
    made.folder.chmod(0o000)
    assert not identity.reaches(made.folder)


@needs_root
def test_where_namespaces_are_refused_root_lends_the_server_a_uid(made: Made) -> None:
    made.folder.chmod(0o700)
    with tempfile.TemporaryDirectory() as copies:

        def identify(programs: Path, data_dir: Path) -> Identity:
            identity = with_own_uid(programs, data_dir, Path(copies))
            assert identity is not None
            assert identity.reaches(data_dir.parent)
            return identity

        process = psutil.Process(_started(made, identify))
        assert process.uids().effective != 0
        assert (made.folder / "pg").stat().st_uid == process.uids().effective
        made.stop()


@needs_root
def test_data_that_belongs_to_somebody_is_served_as_that_user(made: Made) -> None:
    data = made.folder / "pg"
    data.mkdir()
    shutil.chown(data, "nobody")
    with tempfile.TemporaryDirectory() as copies:
        identity = with_own_uid(postgres_bin(), data, Path(copies))
    assert identity is not None
    assert identity.owner is not None
    assert identity.owner[0] == data.stat().st_uid


@needs_root
@pytest.mark.skipif(not _open_to_all(postgres_bin()), reason="the checkout lies where no other user can look")
@pytest.mark.parametrize("uid", [pwd.getpwnam("nobody").pw_uid, 12_345], ids=["a user", "a user without a name"])
def test_an_ordinary_user_serves_its_own_data(made: Made, uid: int) -> None:
    made.folder.chmod(0o755)
    home = made.folder / "home"
    home.mkdir()
    os.chown(home, uid, uid)
    code = (
        "import sys; from pathlib import Path; from tests.embedded.test_postgres import Made\n"
        "made = Made(Path(sys.argv[1])); print(made.postgres().start()); made.stop()"
    )
    flags = [f"--uid={uid}", f"--gid={uid}", f"--capability={CAP_DAC_READ_SEARCH}"]  # to reach the interpreter
    done = subprocess.run(
        launched([sys.executable, "-c", code, str(home)], flags, signal.SIGKILL),
        capture_output=True,
        text=True,
        env=clean_environment({"HOME": str(home)}),
        check=False,
    )
    assert done.stdout.startswith("postgresql://"), done.stderr
    assert (home / "pg").stat().st_uid == uid


def _started(made: Made, identify: Callable[[Path, Path], Identity]) -> int:
    made.postgres(identify).start()
    return _number(made)


def _number(made: Made) -> int:
    return int((made.folder / "pg" / "postmaster.pid").read_text().split()[0])


def _run(url: str, statement: str) -> None:
    asyncio.run(_fetch(url, statement))


async def _fetch(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()
