"""The address at which a webhook trigger listens."""

import hashlib
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from app.core.config import VaultSettings
from app.core.crypto import Keyring, new_master_key
from app.core.errors import SetupError
from app.models import Workflow
from app.workflows.tokens import WebhookTokens
from tests.factories.workflows import Json, node, webhook_workflow, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database, json_of, serving


async def with_trigger(api: Client, saved: Json, component: str) -> Json:
    body = {"nodes": [node("t", component)]}
    return json_of(await api.put(f"/workflows/{saved['id']}", json=body), 200)


async def test_a_webhook_trigger_has_an_address_below_the_public_url(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    start, token = saved["webhook_url"].rsplit("/", 1)
    assert start == f"{PUBLIC_URL}/workflows/webhooks"
    assert token.startswith("whsec_")
    assert len(token) >= len("whsec_") + 43  # 256 bits


async def test_the_host_header_does_not_make_links(api: Client) -> None:
    answer = await api.post("/workflows", json=webhook_workflow(), headers={"Host": "evil.example"})
    assert json_of(answer, 201)["webhook_url"].startswith(PUBLIC_URL)


async def test_another_trigger_has_none(api: Client) -> None:
    assert (await api.created(workflow()))["webhook_url"] is None


async def test_two_workflows_have_two_addresses(api: Client) -> None:
    first, second = [(await api.created(webhook_workflow()))["webhook_url"] for _ in range(2)]
    assert first != second


async def test_it_stays_the_same_over_updates(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    now = json_of(await api.put(f"/workflows/{saved['id']}", json={"name": "b", "is_active": False}), 200)
    assert now["webhook_url"] == saved["webhook_url"]


async def test_a_workflow_that_gets_a_webhook_trigger_gets_an_address(api: Client) -> None:
    saved = await api.created(workflow())
    assert (await with_trigger(api, saved, "webhook_trigger"))["webhook_url"] is not None


async def test_a_workflow_that_gets_its_webhook_trigger_back_has_its_address_back(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    assert (await with_trigger(api, saved, "manual_trigger"))["webhook_url"] is None
    assert (await with_trigger(api, saved, "webhook_trigger"))["webhook_url"] == saved["webhook_url"]


async def test_the_token_is_stored_as_its_hash_and_encrypted(api: Client, database: Database) -> None:
    saved = await api.created(webhook_workflow())
    token = saved["webhook_url"].rsplit("/", 1)[1].encode()
    (row,) = await database.rows("SELECT * FROM workflows WHERE id = :id", id=saved["id"])
    assert row.webhook_token_hash == hashlib.sha256(token).digest()
    assert token not in row.webhook_token
    assert row.webhook_token_key_id == "k1"


def test_an_encrypted_token_is_worth_nothing_in_another_row() -> None:
    tokens = WebhookTokens(Keyring.parse(new_master_key("k1")), PUBLIC_URL)
    mine, theirs = [Workflow(id=name, org_id="org", trigger_component="webhook_trigger") for name in ("fl_1", "fl_2")]
    tokens.ensure(mine)
    tokens.ensure(theirs)
    mine.webhook_token = theirs.webhook_token
    assert tokens.url(mine) is None


async def test_a_key_of_the_same_name_that_does_not_fit_hides_the_address_alone(
    make_database: Callable[[], str], redis_url: str
) -> None:
    url = make_database()
    async with serving(url, redis_url) as app, Client(app) as api:
        saved = await api.created(webhook_workflow())
    other_key = VaultSettings(keys=SecretStr(new_master_key("k1")))
    async with serving(url, redis_url, vault=other_key) as app, Client(app, api.org_id) as api:
        listed = await api.get("/workflows")
        replaced = json_of(await api.post(f"/workflows/{saved['id']}/webhook-token/rotate"), 200)
    assert [(one["id"], one["webhook_url"]) for one in listed.json()] == [(saved["id"], None)]
    assert replaced["webhook_url"].startswith(PUBLIC_URL)


async def test_a_process_without_the_key_of_a_stored_token_does_not_start(
    make_database: Callable[[], str], redis_url: str
) -> None:
    url = make_database()
    async with serving(url, redis_url) as app, Client(app) as api:
        await api.created(webhook_workflow())
    other_key = VaultSettings(keys=SecretStr(new_master_key("k2")))
    with pytest.raises(SetupError, match='VIRGA_VAULT__KEYS lacks the key "k1"'):
        async with serving(url, redis_url, vault=other_key):
            pass
