"""Items of the vault as tests make, change and look at them."""

from app.http.deps import Resources
from tests.factories.workflows import Json
from tests.fixtures.api import Client, Database, json_of

VAULT = "/workflows/vault"
MARKER = "s3cr3t-marker-of-the-vault"
ITEM: Json = {"name": "crm_token", "secret": MARKER}
SOON = "2099-01-01T00:00:00Z"


async def kept(api: Client, **fields: object) -> Json:
    return json_of(await api.post(VAULT, json={**ITEM, **fields}), 201)


async def changed(api: Client, item: Json, **fields: object) -> Json:
    return json_of(await api.put(f"{VAULT}/{item['id']}", json=fields), 200)


async def stored(database: Database, item: Json) -> Json:
    (row,) = await database.rows("SELECT * FROM vault_items WHERE id = :id", id=item["id"])
    return dict(row._mapping)


def held_by(api: Client) -> Resources:
    held: Resources = api.app.state.resources
    return held


def faults(error: Json) -> dict[str, str]:
    return {fault["path"]: fault["message"] for fault in error["errors"]}
