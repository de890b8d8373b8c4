"""What a step reads and writes beside the journal: the vault, and a database of addresses."""

from typing import Protocol

from app.core.json import JsonObject


class VaultWriter(Protocol):
    """Keeps secrets that a step makes in the vault of the run's organization."""

    async def store(self, name: str, secret: str) -> str:
        """Keep a secret under a new name, and return the secret that is kept.

        That is another one where an earlier attempt at the same step has kept one under this name: it stays. Raises
        `PermanentError` where the name is anybody else's, or no name for a secret.
        """
        ...


class IpDatabase(Protocol):
    """Knows where addresses are, and whose."""

    async def find(self, address: str) -> JsonObject | None:
        """Return what is known of an address, the same keys for each, null where one is not known.

        None where nothing is, or the server has no such database. Raises `PermanentError` where it is damaged.
        """
        ...
