"""API keys: made once, stored as a hash, good for starting runs and reading them until they expire or are deleted."""

import hashlib
import re
from datetime import timedelta

import httpx
import pytest

from app.http.deps import Resources
from tests.api.test_authentication import from_address
from tests.factories.workflows import Json, workflow
from tests.fixtures.api import Client, Database, counted_statements, json_of

VAULT = "/workflows/vault"


async def made(api: Client, **fields: object) -> Json:
    return json_of(await api.post(VAULT, json={"name": "api-key:ci", **fields}), 201)


def bearing(api: Client, key: str) -> Client:
    client = Client(api.app, api.org_id)
    client.headers["Authorization"] = f"Bearer {key}"
    return client


@pytest.fixture
async def saved(api: Client) -> Json:
    return await api.created(workflow())


async def test_a_key_is_shown_when_it_is_made_and_never_again(api: Client) -> None:
    key = await made(api)
    assert key.keys() == {"id", "name", "created_at", "expires_at", "secret"}
    assert re.fullmatch(r"wfk_[A-Za-z0-9_-]{43}", key["secret"])
    assert key["secret"] not in (await api.get(VAULT)).text + (await api.get(f"{VAULT}/{key['id']}")).text


async def test_two_keys_are_not_alike(api: Client) -> None:
    assert (await made(api))["secret"] != (await made(api, name="api-key:other"))["secret"]


async def test_only_the_hash_of_a_key_is_stored(api: Client, database: Database) -> None:
    key = await made(api)
    (row,) = await database.rows("SELECT * FROM vault_items WHERE id = :id", id=key["id"])
    assert row.api_key_hash == hashlib.sha256(key["secret"].encode()).digest()
    assert (row.secret, row.secret_key_id) == (None, None)
    assert key["secret"] not in str(row)


async def test_a_key_cannot_be_chosen_but_only_made(api: Client) -> None:
    error = json_of(await api.post(VAULT, json={"name": "api-key:ci", "secret": "wfk_mine"}), 422)
    assert error["errors"][0]["path"] == "secret"


async def test_a_key_cannot_be_given_another_secret(api: Client) -> None:
    key = await made(api)
    error = json_of(await api.put(f"{VAULT}/{key['id']}", json={"secret": "a new secret"}), 422)
    assert error["errors"][0]["path"] == "secret"


@pytest.mark.parametrize(("is_key", "name"), [(True, "other"), (False, "api-key:other")])
async def test_what_is_a_key_stays_one_and_nothing_becomes_one(api: Client, is_key: bool, name: str) -> None:  # noqa: FBT001 -- a parameter of the test
    first = {"name": "api-key:ci"} if is_key else {"name": "crm", "secret": "a secret"}
    item = json_of(await api.post(VAULT, json=first), 201)
    error = json_of(await api.put(f"{VAULT}/{item['id']}", json={"name": name}), 422)
    assert error["errors"][0]["path"] == "name"


async def test_a_key_that_is_renamed_still_works(api: Client, saved: Json) -> None:
    key = await made(api)
    assert json_of(await api.put(f"{VAULT}/{key['id']}", json={"name": "api-key:b"}), 200)["name"] == "api-key:b"
    await bearing(api, key["secret"]).started(saved["id"])


async def test_a_key_starts_runs_in_its_own_name_and_reads_them(api: Client, database: Database, saved: Json) -> None:
    key = await made(api)
    client = bearing(api, key["secret"])
    run = await client.started(saved["id"])
    assert json_of(await client.get(f"/workflows/runs/{run['id']}"), 200)["id"] == run["id"]
    (listed,) = json_of(await client.get(f"/workflows/{saved['id']}/executions"), 200)["data"]
    started_by = await database.value("SELECT started_by FROM runs WHERE id = :id", id=run["id"])
    assert (listed["id"], started_by) == (run["id"], f"api-key:{key['id']}")


async def test_another_organizations_key_finds_nothing(api: Client, saved: Json) -> None:
    other = api.other()
    stranger = bearing(other, (await made(other))["secret"])
    run = await api.started(saved["id"])
    for path in (f"/workflows/runs/{run['id']}", f"/workflows/{saved['id']}/executions"):
        json_of(await stranger.get(path), 404)
    json_of(await stranger.post(f"/workflows/{saved['id']}/execute"), 404)


@pytest.mark.parametrize("action", ["cancel", "rerun", "resume-from/t"])
async def test_a_key_does_nothing_else_with_a_run(api: Client, saved: Json, action: str) -> None:
    client = await api.with_api_key()
    run = await api.started(saved["id"])
    path = f"/workflows/runs/{run['id']}/{action}"
    answers = [await client.get(path), await client.post(path)]
    assert {answer.status_code for answer in answers} <= {403, 404, 405}
    assert json_of(await api.get(f"/workflows/runs/{run['id']}"), 200)["status"] == "pending"


async def test_a_deleted_key_is_refused_at_once(api: Client, saved: Json) -> None:
    key = await made(api)
    client = bearing(api, key["secret"])
    await client.started(saved["id"])
    await api.delete(f"{VAULT}/{key['id']}")
    error = json_of(await client.post(f"/workflows/{saved['id']}/execute"), 401)
    assert (error["code"], error["message"]) == ("token_invalid", "The token was refused: there is no such API key.")


async def test_an_expired_key_is_refused_until_its_time_is_extended(
    api: Client, database: Database, saved: Json
) -> None:
    held: Resources = api.app.state.resources
    key = await made(api, expires_at="2099-01-01T00:00:00Z")
    client = bearing(api, key["secret"])
    await client.started(saved["id"])
    past = held.clock.now() - timedelta(seconds=1)
    await database.execute("UPDATE vault_items SET expires_at = :past WHERE id = :id", past=past, id=key["id"])
    answer = await client.post(f"/workflows/{saved['id']}/execute")
    assert (json_of(answer, 401)["code"], answer.headers["www-authenticate"]) == ("token_expired", "Bearer")
    json_of(await api.put(f"{VAULT}/{key['id']}", json={"expires_at": None}), 200)
    await client.started(saved["id"])


@pytest.mark.parametrize("key", ["wfk_", "wfk_" + "a" * 43, "wfk_" + "a" * 9_000, "wfk_\xff", "wfk_a.b.c"])
async def test_what_is_no_key_is_refused(api: Client, key: str) -> None:
    headers = {b"Authorization": f"Bearer {key}".encode("latin-1")}
    async with from_address(api, "192.0.2.50") as stranger:
        answer = await stranger.get("/workflows/runs/x", headers=headers)
    assert json_of(answer, 401)["code"] == "token_invalid"


async def test_a_key_is_not_a_key_without_the_scheme(api: Client) -> None:
    key = await made(api)
    client = Client(api.app, api.org_id)
    client.headers["Authorization"] = f"Basic {key['secret']}"
    assert json_of(await client.get("/workflows/runs/x"), 401)["code"] == "token_missing"


async def test_guessing_keys_is_slowed_down_by_address(api: Client) -> None:
    async with from_address(api, "192.0.2.51") as stranger:
        statuses = [(await guess(stranger, number)).status_code for number in range(21)]
    assert statuses == [401] * 20 + [429]


async def guess(stranger: httpx.AsyncClient, number: int) -> httpx.Response:
    return await stranger.get("/workflows/runs/x", headers={"Authorization": f"Bearer wfk_{number:043}"})


async def test_a_key_is_looked_up_once_a_request_and_again_with_the_next(api: Client, saved: Json) -> None:
    client = await api.with_api_key()
    for _ in range(2):
        with counted_statements(api.app) as statements:
            json_of(await client.get(f"/workflows/{saved['id']}/executions"), 200)
        assert len([statement for statement in statements if "virga_find_api_key" in statement]) == 1


async def test_what_has_not_the_form_of_a_key_is_not_looked_up(api: Client) -> None:
    async with from_address(api, "192.0.2.52") as stranger:
        with counted_statements(api.app) as statements:
            await stranger.get("/workflows/runs/x", headers={"Authorization": "Bearer wfk_short"})
    assert statements == []


async def test_a_key_is_told_that_keys_cannot_do_this(api: Client) -> None:
    answer = await (await api.with_api_key()).get("/workflows")
    assert json_of(answer, 403)["message"] == (
        'API keys cannot do this: they start runs and read them. It takes a token with the scope "workflows:read".'
    )
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="workflows:read"'
