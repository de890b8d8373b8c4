"""Making the data folder of an embedded PostgreSQL, in one step that is done wholly or not at all."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

from app.core.errors import SetupError
from app.embedded.identity import Identity
from app.embedded.output import last_words
from app.embedded.processes import launched, server_environment

USER = "virga"
DATABASE = "virga"
MAJOR = "18"

_INITDB_OPTIONS = (
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    f"--username={USER}",
    "--no-instructions",
)
_FIRST_STATEMENTS = f"CREATE EXTENSION pg_stat_statements;\nCREATE DATABASE {DATABASE};\n"


@dataclass(frozen=True, slots=True)
class Cluster:
    data_dir: Path
    identity: Identity
    password: str

    def ensure(self) -> None:
        """Make the folder where there is none; refuse one that is not ours to read. Raises `SetupError`."""
        if not self.data_dir.exists():
            self._make()
            return
        version_file = self.data_dir / "PG_VERSION"
        try:
            version = version_file.read_text().strip()
        except OSError as error:
            raise SetupError(self._broken(f"{version_file.name}: {error.strerror}")) from None
        if version != MAJOR:
            raise SetupError(
                self._foreign(version) if version.isdecimal() else self._broken("PG_VERSION is unreadable")
            )

    def _make(self) -> None:
        fresh, password_file = (self.data_dir.with_name(self.data_dir.name + end) for end in (".new", ".password"))
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir(mode=0o700)
            password_file.touch(mode=0o600)
            password_file.write_text(self.password)
            self.identity.own(fresh)
            self.identity.own(password_file)
            self._run(["initdb", "-D", str(fresh), f"--pwfile={password_file}", *_INITDB_OPTIONS])
            self._run(["postgres", "--single", "-D", str(fresh), "template1"], _FIRST_STATEMENTS)
            fresh.rename(self.data_dir)
        except OSError as error:
            raise SetupError(f"No Postgres data can be made in {self.data_dir.parent}: {error.strerror}.") from None
        finally:
            password_file.unlink(missing_ok=True)

    def _run(self, command: Sequence[str], statements: str = "") -> None:
        program = str(self.identity.programs / command[0])
        done = subprocess.run(  # noqa: S603 -- our own programs
            launched([program, *command[1:]], self.identity.flags, SIGKILL),
            input=statements.encode(),
            capture_output=True,
            env=server_environment(),
            check=False,
        )
        said = (done.stdout + done.stderr).decode(errors="replace")
        if done.returncode or "ERROR:" in said:
            raise SetupError(f"{command[0]} could not make {self.data_dir}: {last_words(said)}")

    def _broken(self, why: str) -> str:
        return (
            f"{self.data_dir} is not a usable Postgres data folder ({why}); restore it, or move it away to begin anew."
        )

    def _foreign(self, version: str) -> str:
        sockets = (
            f"$(readlink -f {self.data_dir.parent}/run/sockets)/postgres"  # the short path that the link stands for
        )
        return (
            f"{self.data_dir} was made by PostgreSQL {version}, and this is {MAJOR}: while its Virga serves, "
            f"run `pg_dumpall -U {USER} -h {sockets} > all.sql`; then move the folder away, serve with this one, "
            f"and run `psql -U {USER} -h {sockets} -f all.sql {DATABASE}`."
        )
