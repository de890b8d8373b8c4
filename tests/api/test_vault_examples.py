"""The vault's examples in the OpenAPI document are what the API really answers."""

from tests.api.documented import answer_of, assert_documented, request_of, without_what_varies
from tests.factories.workflows import Json
from tests.fixtures.api import Client, json_of

VAULT, ITEM = "/workflows/vault", "/workflows/vault/{vaultId}"


async def kept(api: Client) -> Json:
    return json_of(await api.post(VAULT, json=request_of(api, "post", VAULT)), 201)


async def test_of_keeping(api: Client) -> None:
    assert_documented(api, await kept(api), "post", VAULT, 201)


async def test_of_listing(api: Client) -> None:
    await kept(api)
    assert_documented(api, (await api.get(VAULT)).json(), "get", VAULT, 200)


async def test_of_reading(api: Client) -> None:
    item = await kept(api)
    assert_documented(api, (await api.get(f"{VAULT}/{item['id']}")).json(), "get", ITEM, 200)


async def test_of_changing(api: Client) -> None:
    item = await kept(api)
    answer = await api.put(f"{VAULT}/{item['id']}", json=request_of(api, "put", ITEM))
    assert_documented(api, answer.json(), "put", ITEM, 200)


async def test_of_errors(api: Client) -> None:
    await kept(api)
    body = request_of(api, "post", VAULT)
    asked = [
        ("post", VAULT, "name_taken", await api.post(VAULT, json=body)),
        ("get", ITEM, "vault_item_not_found", await api.get(f"{VAULT}/vlt_01kaq3v0c3s8y5b1f7f3q2d6te")),
    ]
    for method, path, code, answer in asked:
        documented = answer_of(api, method, path, answer.status_code, code)
        assert without_what_varies(answer.json()) == without_what_varies(documented)
