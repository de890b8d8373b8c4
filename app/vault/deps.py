"""What endpoints of the vault work with."""

from typing import Annotated

from fastapi import Depends, Path

from app.audit.deps import Trail
from app.auth.callers import Caller
from app.auth.deps import requires
from app.auth.transactions import Work
from app.http.deps import ResourcesDep
from app.vault.repository import VaultRepository
from app.vault.service import VaultService

VaultReader = Annotated[Caller, requires("vault:read")]
VaultWriter = Annotated[Caller, requires("vault:write")]
VaultId = Annotated[str, Path(alias="vaultId", description="The item's id, `vlt_…`.")]


async def vault_service(held: ResourcesDep, work: Work, trail: Trail) -> VaultService:
    return VaultService(VaultRepository(work), work.org_id, held.keyring, trail, held.clock, held.ids)


Vault = Annotated[VaultService, Depends(vault_service)]
