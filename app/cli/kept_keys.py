"""Whether the vault's keys at hand are those that a backup needs: by name, and by opening something of each."""

from dataclasses import dataclass

from app.cli.archive import Archive
from app.core.crypto import DecryptionError, Keyring, Sealed
from app.core.errors import SetupError
from app.models.rotation import SEALED_COLUMNS

_BYTES_PREFIX = "\\x"
_OF_FORMS = ("run_waits", "token_key_id")  # whose address was made with a key; nothing of it can be opened


@dataclass(frozen=True, slots=True)
class _Sample:
    """Something that was encrypted with a key, and what it is bound to."""

    sealed: Sealed
    org_id: str
    item_id: str


def refuse_other_keys(archive: Archive, keys: str | None, remedy: str) -> None:
    """Raise `SetupError` where a key is missing, or is another one of the same name. `remedy` says how to mend it."""
    samples = _samples(archive)
    needed = samples.keys() | _key_ids(archive, *_OF_FORMS)
    if not needed:
        return
    keyring = Keyring.parse(keys) if keys and keys.strip() else None
    missing = needed - (keyring.key_ids if keyring else set())
    if missing:
        raise SetupError(
            f"The backup needs the vault key {_names(missing)}, which is not here: {remedy}, and repeat this."
        )
    wrong = {key_id for key_id, sample in samples.items() if keyring and not _opens(keyring, sample)}
    if wrong:
        raise SetupError(f"The vault key {_names(wrong)} here is not the one of the backup: {remedy}, and repeat this.")


def _samples(archive: Archive) -> dict[str, _Sample]:
    """Return something encrypted with each key."""
    found: dict[str, _Sample] = {}
    for column in SEALED_COLUMNS:
        for row in archive.rows(column.table) if archive.has(column.table) else ():
            key_id, blob = row.get(column.key_id), row.get(column.blob)
            if key_id is not None and blob is not None and key_id not in found:
                sealed = Sealed(key_id, bytes.fromhex(blob.removeprefix(_BYTES_PREFIX)))
                found[key_id] = _Sample(sealed, row["org_id"] or "", row["id"] or "")
    return found


def _key_ids(archive: Archive, table: str, column: str) -> set[str]:
    return {key_id for row in archive.rows(table) if (key_id := row.get(column)) is not None}


def _opens(keyring: Keyring, sample: _Sample) -> bool:
    try:
        keyring.decrypt(sample.sealed, org_id=sample.org_id, item_id=sample.item_id)
    except DecryptionError:
        return False
    return True


def _names(key_ids: set[str]) -> str:
    return ", ".join(f'"{key_id}"' for key_id in sorted(key_ids))
