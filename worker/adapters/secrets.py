"""Decrypting what nodes use of the vault."""

import structlog

from app.core.crypto import DecryptionError, Keyring, Sealed

log = structlog.get_logger()


class SecretOpener:
    """Opens sealed secrets with the process's keys."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def open(self, sealed: Sealed, *, org_id: str, item_id: str) -> str | None:
        """Return the secret; None where it cannot be decrypted, which the log says."""
        try:
            return self._keyring.decrypt(sealed, org_id=org_id, item_id=item_id).decode()
        except (DecryptionError, UnicodeDecodeError) as error:
            log.warning("secret_unreadable", item=item_id, error=type(error).__name__)
            return None
