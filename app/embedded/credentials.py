"""Secrets of the embedded mode: made at the first start, one file each, readable by nobody else."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.core.crypto import new_master_key
from app.core.errors import SetupError

ISSUER = "virga"
TOKEN_BYTES = 48

POSTGRES_PASSWORD = "postgres-password"  # noqa: S105 -- the name of a file
TOKEN_SECRET = "token-secret"  # noqa: S105 -- the name of a file
VAULT_KEYS = "vault-keys"


@dataclass(frozen=True, slots=True)
class EmbeddedSecrets:
    postgres_password: str
    token_secret: str
    vault_keys: str

    def environment(self) -> dict[str, str]:
        """Return the settings that carry them."""
        return {
            "VIRGA_VAULT__KEYS": self.vault_keys,
            "VIRGA_AUTH__ISSUERS": json.dumps([{"issuer": ISSUER, "secret": self.token_secret}]),
        }


_MAKERS: Mapping[str, Callable[[], str]] = {
    POSTGRES_PASSWORD: lambda: secrets.token_urlsafe(TOKEN_BYTES),
    TOKEN_SECRET: lambda: secrets.token_urlsafe(TOKEN_BYTES),
    VAULT_KEYS: lambda: new_master_key("k1"),
}


def ensure_secrets(folder: Path, *, data: Path) -> EmbeddedSecrets:
    """Read the secrets, making those that are missing. Raises `SetupError` where `data` was written with a lost one."""
    for name, make in _MAKERS.items():
        file = folder / name
        if file.exists():
            continue
        if data.exists() and name != TOKEN_SECRET:
            raise SetupError(f"{file} is missing, and {data} cannot be read without it; put it back from a backup.")
        fresh = file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(make() + "\n")
        fresh.replace(file)
    return read_secrets(folder)


def read_secrets(folder: Path) -> EmbeddedSecrets:
    """Read what an earlier start made. Raises `SetupError` where there is none."""
    try:
        read = {name: (folder / name).read_text().strip() for name in _MAKERS}
    except OSError as error:
        raise SetupError(
            f"There are no secrets in {folder} ({error.strerror}); "
            "`virga serve` makes them at its first start, --data-dir names another folder."
        ) from None
    return EmbeddedSecrets(read[POSTGRES_PASSWORD], read[TOKEN_SECRET], read[VAULT_KEYS])
