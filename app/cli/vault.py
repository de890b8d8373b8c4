"""Rotating the vault's keys: encrypts all that is stored with the first key, and says which keys can go."""

import asyncio
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app.cli.installation import settings_of
from app.cli.migrate import reach, reason
from app.core.crypto import Keyring
from app.core.db import create_engine
from app.core.errors import SetupError
from app.models.rotation import SEALED_COLUMNS, Rotated, rotate_column, waiting_forms
from app.models.schema_version import found_revision
from app.models.startup import needed_keys, refuse_unfit

_CALLED: Mapping[str, str] = {
    "vault_items": "secrets of the vault",
    "workflows": "webhook tokens",
    "authorizations": "authorizations",
}
_KEEP = "Keep the key: what is named above could not be read."
_FORMS = "forms: {} wait for an answer at addresses of another key; keep it until they have got one, or have expired."
_REPEAT = (
    "Servers have used it meanwhile, or the user of DATABASE_URL may not see all rows: restart what has another first"
    " key, and run this again as the user that ran `virga migrate`."
)
_NAMED_AT_MOST = 20  # rows that could not be read, of each kind


def rotate(data_dir: Path) -> int:
    """Rotate, print what was done, and return the exit status: 1 if other keys than the first are still needed.

    Raises `SetupError` where settings or database do not allow it; what was done until then stays done.
    """
    settings = settings_of(data_dir)
    keyring = Keyring.parse(settings.vault.keys.get_secret_value() if settings.vault.keys else None)
    rotated, needed, forms = asyncio.run(_rotate(settings.database_url.get_secret_value(), keyring))
    for part in rotated:
        _report(part, keyring.primary_id)
    if forms:
        _complain(_FORMS.format(forms))
    return _conclude(keyring, needed - {keyring.primary_id}, all_read=not any(part.unreadable for part in rotated))


async def _rotate(url: str, keyring: Keyring) -> tuple[Sequence[Rotated], frozenset[str], int]:
    engine = create_engine(url, role=None, pool_size=1, application="virga-vault")
    try:
        await reach(engine)
        refuse_unfit(await found_revision(engine))
        rotated = [await rotate_column(engine, keyring, column) for column in SEALED_COLUMNS]
        return rotated, await needed_keys(engine), await waiting_forms(engine, keyring)
    except (SQLAlchemyError, OSError) as error:
        raise SetupError(f"The database of DATABASE_URL does not let keys be rotated: {reason(error)}.") from error
    finally:
        await engine.dispose()


def _report(part: Rotated, key_id: str) -> None:
    kind = _CALLED[part.column.table]
    _say(f'{kind}: {part.rows} encrypted again with "{key_id}"')
    for item_id, why in list(part.unreadable.items())[:_NAMED_AT_MOST]:
        _complain(f"{kind}: {item_id} cannot be read. {why}")
    more = len(part.unreadable) - _NAMED_AT_MOST
    if more > 0:
        _complain(f"{kind}: {more} more cannot be read.")


def _conclude(keyring: Keyring, still_needed: Collection[str], *, all_read: bool) -> int:
    if still_needed:
        _complain(f"Still needed: {_names(still_needed)}. {_REPEAT if all_read else _KEEP}")
        return 1
    spare = keyring.key_ids - {keyring.primary_id}
    if spare:
        _say(f"Not needed any more: {_names(spare)}. Remove it from VIRGA_VAULT__KEYS, and restart what runs.")
    else:
        _say(f'All that is stored is encrypted with "{keyring.primary_id}".')
    return 0


def _names(key_ids: Collection[str]) -> str:
    return ", ".join(f'"{key_id}"' for key_id in sorted(key_ids))


def _say(line: str) -> None:
    print(line)  # noqa: T201 -- a command line speaks


def _complain(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201 -- a command line speaks
