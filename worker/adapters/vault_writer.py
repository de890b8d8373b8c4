"""The vault as nodes write it: once for a step and a name, sealed and noted as the API does it."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from app.audit.repository import AuditRepository
from app.audit.service import AuditTrail
from app.auth.callers import Caller
from app.core.clock import Clock
from app.core.crypto import Keyring, Sealed
from app.core.db import Engine, is_outage
from app.core.ids import IdSource
from app.graph.errors import PermanentError
from app.queue.client import Doorbell
from app.unit_of_work import UnitOfWork, unit_of_work
from app.vault.errors import NameTakenError, VaultItemInvalidError
from app.vault.repository import VaultRepository
from app.vault.schemas import VaultItemCreate
from app.vault.service import VaultService
from worker.adapters.secrets import SecretOpener

RETRY_SECONDS = 0.5  # after the database did not answer
ADDRESS = "local"  # as the audit log calls this server

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class VaultWriters:
    """What all runs of a worker share."""

    engine: Engine
    doorbell: Doorbell
    clock: Clock
    ids: IdSource
    keyring: Keyring

    def of_step(self, org_id: str, run_id: str, step_key: str) -> "StepVault":
        """Return the vault as a step writes it. `step_key` is the same for all attempts at the step."""
        return StepVault(self, org_id, run_id, step_key)


@dataclass(frozen=True, slots=True)
class StepVault:
    """Implements `app.graph.ports.VaultWriter`. An item that it makes has the step's key as its creator."""

    shared: VaultWriters
    org_id: str
    run_id: str
    step_key: str

    async def store(self, name: str, secret: str) -> str:
        """See the port. It does not give up while the database is away: what was kept is found again."""
        while True:
            try:
                return await self._kept_before(name) or await self._keep(name, secret)
            except NameTakenError:
                continue  # by another attempt at this moment, or by somebody else: the next look tells
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("vault_unwritten", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _kept_before(self, name: str) -> str | None:
        """Return what an attempt at this step has kept. Raises `PermanentError` where the name is somebody else's."""
        async with self._work() as work:
            item = await VaultRepository(work).named(name)
        if item is None:
            return None
        if item.created_by != self.step_key or item.secret is None or item.secret_key_id is None:
            raise PermanentError(f'The vault has an item named "{name}" already; choose another name, or delete it.')
        opener = SecretOpener(self.shared.keyring)
        kept = opener.open(Sealed(item.secret_key_id, item.secret), org_id=self.org_id, item_id=item.id)
        if kept is None:
            raise PermanentError(f'The vault item "{name}" cannot be decrypted; delete it and try again.')
        return kept

    async def _keep(self, name: str, secret: str) -> str:
        try:
            item = VaultItemCreate.model_validate({"name": name, "secret": secret})
            async with self._work() as work:
                await self._service(work).create(item, self.step_key)
        except (ValidationError, VaultItemInvalidError):
            raise PermanentError(f'The vault cannot keep a secret named "{name}".') from None
        return secret

    def _service(self, work: UnitOfWork) -> VaultService:
        shared = self.shared
        caller = Caller(self.org_id, self.run_id, frozenset())
        trail = AuditTrail(AuditRepository(work), caller, ADDRESS, shared.clock, shared.ids)
        return VaultService(VaultRepository(work), self.org_id, shared.keyring, trail, shared.clock, shared.ids)

    def _work(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return unit_of_work(self.shared.engine, self.shared.doorbell, self.org_id)
