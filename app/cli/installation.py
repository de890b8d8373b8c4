"""The settings of an installation: from the environment, or of the servers that `virga serve` runs on a data folder."""

import os
from pathlib import Path

from app.core.config import Settings, load_settings
from app.core.errors import SetupError
from app.embedded.credentials import read_secrets
from app.embedded.folder import DataFolder
from app.embedded.postgres import Postgres
from app.embedded.valkey import Valkey


def settings_of(data_dir: Path) -> Settings:
    """Return all settings. Raises `SetupError` where some are wrong or missing, or nothing runs on `data_dir`."""
    _name_embedded_servers(DataFolder(data_dir))
    return load_settings()


def named_database() -> str | None:
    """Return the database that the environment names, if it names one."""
    return os.environ.get("DATABASE_URL") or os.environ.get("VIRGA_DATABASE_URL") or None


def _name_embedded_servers(folder: DataFolder) -> None:
    """Name what `virga serve` starts on this folder, where the environment names nothing."""
    if named_database() or not folder.secrets.exists():
        return
    secrets = read_secrets(folder.secrets)
    if not (folder.run / "postgres.pid").exists():
        raise SetupError(f"Nothing runs on {folder.path}: start `virga serve`, or set DATABASE_URL and REDIS_URL.")
    sockets = (folder.run / "sockets").resolve()
    postgres = Postgres(folder.postgres, sockets / "postgres", folder.log, password=secrets.postgres_password)
    named = {"DATABASE_URL": postgres.url, "REDIS_URL": Valkey(folder.valkey, sockets, folder.log).url}
    for name, value in {**named, **secrets.environment()}.items():
        os.environ[name] = os.environ.get(name) or value  # set but empty is not set
