"""Reading the vault for runs: what their definitions name, by name or by id, and nothing else."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.crypto import Sealed
from app.core.statements import Driver, Row, Statement, autocommitted
from app.graph.errors import PermanentError
from worker.adapters.secrets import SecretOpener

RETRY_SECONDS = 0.5  # after the database did not answer

_READ = Statement("""
    SELECT wanted.org_id, wanted.name, item.id, item.secret, item.secret_key_id, item.expires_at
    FROM unnest(CAST(:orgs AS text[]), CAST(:names AS text[])) AS wanted(org_id, name)
    JOIN vault_items item ON item.org_id = wanted.org_id AND (item.name = wanted.name OR item.id = wanted.name)
    ORDER BY item.id = wanted.name
""")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """An item of the vault as it was when it was read: its value, or the sentence that says why a step has none.

    `value` of an expired item is there all the same: it has to be masked.
    """

    value: str | None
    refusal: str | None = None

    def reveal(self) -> str:
        """Return the value. Raises `PermanentError`."""
        if self.value is None or self.refusal is not None:
            raise PermanentError(self.refusal or "This vault item has no value.")
        return self.value


Secrets = Mapping[str, Secret]  # by the name or id by which a definition names them; all that it names are there


class Vault:
    """Reads secrets as they are at this moment. Nothing of them is kept here."""

    def __init__(self, engine: AsyncEngine, clock: Clock, opener: SecretOpener) -> None:
        self._engine = engine
        self._clock = clock
        self._opener = opener

    async def read(self, org_id: str, names: Collection[str]) -> Secrets:
        """Return the items that are named, in one statement. It does not give up: a step waits for them."""
        while True:
            try:
                async with autocommitted(self._engine) as driver:
                    return (await self.load(driver, {org_id: names}))[org_id]
            except Exception as error:  # noqa: BLE001 -- the database is away, which must not fail a step
                log.warning("vault_unread", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def load(self, driver: Driver, wanted: Mapping[str, Collection[str]]) -> Mapping[str, Secrets]:
        """Return what each organization wants of its own vault; nothing is asked where nothing is wanted."""
        pairs = [(org_id, name) for org_id, names in wanted.items() for name in names]
        found: dict[str, dict[str, Secret]] = defaultdict(dict)
        for org_id, name in pairs:
            found[org_id][name] = Secret(None, f'There is no vault item named "{name}".')
        if pairs:
            orgs, names = zip(*pairs, strict=True)
            now = self._clock.now()
            for row in await _READ.rows(driver, {"orgs": list(orgs), "names": list(names)}):
                found[row.org_id][row.name] = self._secret(row, now)  # an id, which comes last, wins over a name
        return found

    def _secret(self, row: Row, now: datetime) -> Secret:
        if row.secret is None:
            return Secret(None, f'The vault item "{row.name}" is an API key, which nodes cannot use.')
        value = self._opener.open(Sealed(row.secret_key_id, row.secret), org_id=row.org_id, item_id=row.id)
        if value is None:
            return Secret(None, f'The vault item "{row.name}" cannot be decrypted; save its secret again.')
        if row.expires_at is not None and row.expires_at <= now:
            return Secret(value, f'The vault item "{row.name}" has expired.')
        return Secret(value)
