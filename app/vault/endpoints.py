"""Routes of the vault: list, keep, read, change, delete. What is secret never comes back."""

from typing import Annotated

from fastapi import APIRouter, Body, status

from app.http.links import links
from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.requests import JsonRoute
from app.vault import examples
from app.vault.deps import Vault, VaultId, VaultReader, VaultWriter
from app.vault.schemas import VaultItem, VaultItemCreate, VaultItemCreated, VaultItemSaved, VaultItemUpdate

VAULT = "/vault"
ITEM = f"{VAULT}/{{vaultId}}"
_WITH_IT = links("vaultId", "get_vault_item", "update_vault_item", "delete_vault_item")

router = APIRouter(prefix="/workflows", tags=["Vault"], route_class=JsonRoute)


@router.get(VAULT, summary="List the vault", responses={200: answered("The items.", [examples.SAVED])})
async def list_vault_items(_: VaultReader, vault: Vault) -> list[VaultItem]:
    """Return every item of your organization, newest first, without secrets."""
    return await vault.everything()


@router.post(
    VAULT,
    status_code=status.HTTP_201_CREATED,
    summary="Keep a secret, or make an API key",
    responses={
        201: answered("The item as it was saved.", examples.SAVED, links=_WITH_IT),
        **documented(examples.NAME_TAKEN),
    },
)
async def create_vault_item(
    caller: VaultWriter,
    vault: Vault,
    body: Annotated[VaultItemCreate, Body(examples=[examples.CRM_TOKEN, examples.NEW_API_KEY])],
) -> VaultItemCreated:
    """Keep a secret encrypted; nodes use it by its name or id.

    A name that begins with `api-key:`, without a secret, makes an API key instead. Its `secret` is in this answer and
    nowhere else: as a bearer token it starts runs of your organization and reads them.
    """
    return await vault.create(body, caller.subject)


@router.get(
    ITEM,
    summary="Read a vault item",
    responses={200: answered("The item.", examples.SAVED), **documented(examples.NOT_FOUND)},
)
async def get_vault_item(_: VaultReader, vault: Vault, vault_id: VaultId) -> VaultItem:
    """Return one item without its secret."""
    return await vault.get(vault_id)


@router.put(
    ITEM,
    summary="Change a vault item",
    responses={
        200: answered("The item as it is now.", examples.RENEWED),
        **documented(examples.NOT_FOUND, examples.NAME_TAKEN),
    },
)
async def update_vault_item(
    _: VaultWriter,
    vault: Vault,
    vault_id: VaultId,
    body: Annotated[VaultItemUpdate, Body(examples=[examples.RENEWAL])],
) -> VaultItemSaved:
    """Change what is sent and leave the rest. A secret that is sent replaces the old one for good."""
    return await vault.update(vault_id, body)


@router.delete(
    ITEM,
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Delete a vault item",
    responses=documented(examples.NOT_FOUND),
)
async def delete_vault_item(_: VaultWriter, vault: Vault, vault_id: VaultId) -> None:
    """Delete an item for good. Nodes that name it fail from then on; an API key opens nothing any more."""
    await vault.delete(vault_id)
