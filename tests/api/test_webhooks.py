"""Calls of webhooks: what reaches the trigger, and what is refused."""

import json

import pytest
from hypothesis import HealthCheck, given, settings

from tests.api.test_creating_workflows import ANY_JSON
from tests.factories.workflows import Json, node, webhook_workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database, json_of

MASK = "••••"


@pytest.fixture
async def path(api: Client) -> str:
    saved = await api.created(webhook_workflow())
    return str(saved["webhook_url"]).removeprefix(PUBLIC_URL)


async def payload_of(api: Client, accepted: Json) -> Json:
    run = json_of(await api.get(f"/workflows/runs/{accepted['id']}"), 200)
    payload: Json = run["trigger_payload"]
    return payload


async def test_a_call_needs_no_token_and_starts_a_run(api: Client, path: str) -> None:
    accepted = json_of(await api.anonymous().post(path, json={"order": 7}), 202)
    assert accepted == {"id": accepted["id"], "status": "pending"}
    run = json_of(await api.get(f"/workflows/runs/{accepted['id']}"), 200)
    assert (run["trigger_type"], run["trigger_payload"]["webhook_payload"]) == ("webhook", {"order": 7})


async def test_the_run_says_in_the_database_what_started_it(api: Client, database: Database, path: str) -> None:
    accepted = json_of(await api.anonymous().post(path, json={}), 202)
    (row,) = await database.rows("SELECT * FROM runs WHERE id = :id", id=accepted["id"])
    assert (row.org_id, row.started_by) == (api.org_id, "webhook")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=ANY_JSON)
async def test_any_json_reaches_the_trigger(api: Client, path: str, sent: object) -> None:
    accepted = json_of(await api.post(path, content=json.dumps(sent)), 202)
    assert (await payload_of(api, accepted))["webhook_payload"] == sent


async def test_no_body_counts_as_an_empty_object(api: Client, path: str) -> None:
    accepted = json_of(await api.post(path), 202)
    assert (await payload_of(api, accepted))["webhook_payload"] == {}


async def test_null_is_a_payload(api: Client, path: str) -> None:
    accepted = json_of(await api.post(path, content=b"null"), 202)
    assert (await payload_of(api, accepted))["webhook_payload"] is None


async def test_headers_come_in_lower_case_without_credentials(api: Client, path: str) -> None:
    headers = {"X-Event": "order", "Cookie": "a=b", "Proxy-Authorization": "x"}
    accepted = json_of(await api.post(path, json={}, headers=headers), 202)
    seen = (await payload_of(api, accepted))["headers"]
    assert seen["x-event"] == "order"
    assert not {"authorization", "cookie", "proxy-authorization"} & seen.keys()


@pytest.mark.parametrize("name", ["X-Shop-Token", "X-Shop-SECRET", "X-Hub-Signature", "X-Api-Key", "Idempotency-Key"])
async def test_headers_that_hold_secrets_are_masked(api: Client, path: str, name: str) -> None:
    accepted = json_of(await api.post(path, json={}, headers={name: "s3cr3t"}), 202)
    assert (await payload_of(api, accepted))["headers"][name.lower()] == MASK


async def test_a_header_that_comes_twice_is_joined(api: Client, path: str) -> None:
    headers = [("X-Tag", "a"), ("x-tag", "b"), ("Authorization", api.headers["authorization"])]
    accepted = json_of(await api.anonymous().post(path, json={}, headers=headers), 202)
    assert (await payload_of(api, accepted))["headers"]["x-tag"] == "a, b"


async def test_the_query_comes_as_an_object(api: Client, path: str) -> None:
    accepted = json_of(await api.post(f"{path}?a=1&b=2&b=3&c=&d=%C3%BC", json={}), 202)
    assert (await payload_of(api, accepted))["query"] == {"a": "1", "b": ["2", "3"], "c": "", "d": "ü"}


async def test_broken_json_is_refused(api: Client, path: str) -> None:
    assert json_of(await api.post(path, content=b"{"), 400)["code"] == "malformed_json"


@pytest.mark.parametrize("token", ["whsec_unknown", "x", "%00", "whsec_" + "a" * 5000, "' OR 1=1 --", "ü"])
async def test_an_unknown_address_is_not_found(api: Client, token: str) -> None:
    error = json_of(await api.post(f"/workflows/webhooks/{token}", json={}), 404)
    assert error["code"] == "webhook_not_found"


async def test_an_inactive_workflow_is_not_started(api: Client) -> None:
    saved = await api.created(webhook_workflow(is_active=False))
    error = json_of(await api.post(saved["webhook_url"].removeprefix(PUBLIC_URL), json={}), 409)
    assert error["code"] == "workflow_inactive"


async def test_a_workflow_whose_trigger_is_another_by_now_does_not_listen(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    await api.put(f"/workflows/{saved['id']}", json={"nodes": [node("t", "manual_trigger")]})
    error = json_of(await api.post(saved["webhook_url"].removeprefix(PUBLIC_URL), json={}), 404)
    assert error["code"] == "webhook_not_found"


async def test_other_methods_are_not_allowed(api: Client, path: str) -> None:
    answer = await api.get(path)
    assert (json_of(answer, 405)["code"], answer.headers["allow"]) == ("method_not_allowed", "POST")
