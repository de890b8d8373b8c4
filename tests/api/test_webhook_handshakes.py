"""What services ask before they send anything, answered without a run."""

import pytest

from tests.api.test_webhook_verification import SECRET, now, runs_of
from tests.factories.secrets import keep_secret
from tests.factories.webhooks import listening, path_of, sign
from tests.factories.workflows import node, webhook_workflow
from tests.fixtures.api import Client, Database, json_of

SLACK = {
    "token": "Jhj5dZrVaK7ZwHHjRyZWjbDl",
    "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmd",
    "type": "url_verification",
}
META = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "meatyhamhock"}
ODD = "<script>alert('ü')</script>&+ %"


async def test_slack_gets_its_challenge_back(api: Client, database: Database) -> None:
    path = await listening(api, challenge="slack")
    assert json_of(await api.anonymous().post(path, json=SLACK), 200) == {"challenge": SLACK["challenge"]}
    assert await runs_of(api, database) == 0


@pytest.mark.parametrize(
    "body", [{**SLACK, "type": "event_callback"}, {**SLACK, "challenge": 5}, {"type": "url_verification"}, [SLACK], "x"]
)
async def test_anything_else_of_slack_starts_a_run(api: Client, body: object) -> None:
    path = await listening(api, challenge="slack")
    assert (await api.post(path, json=body)).status_code == 202


async def test_slacks_handshake_is_signed_like_all_its_calls(api: Client, database: Database) -> None:
    item = await keep_secret(api, database, SECRET)
    path = await listening(api, challenge="slack", verification={"scheme": "slack", "secret": item})
    assert json_of(await api.post(path, json=SLACK), 401)["code"] == "signature_invalid"
    request = api.build_request("POST", path, json=SLACK)
    request.headers.update(sign("slack", SECRET, request.content, now(api)))
    assert json_of(await api.send(request), 200) == {"challenge": SLACK["challenge"]}


async def test_without_being_asked_for_slacks_handshake_is_a_call(api: Client) -> None:
    assert (await api.post(await listening(api), json=SLACK)).status_code == 202


@pytest.mark.parametrize("challenge", [META["hub.challenge"], "", ODD])
async def test_meta_gets_its_challenge_back(api: Client, database: Database, challenge: str) -> None:
    path = await listening(api, challenge="meta")
    answer = await api.anonymous().get(path, params={**META, "hub.challenge": challenge})
    assert (answer.status_code, answer.text) == (200, challenge)
    assert await runs_of(api, database) == 0


async def test_meta_has_to_know_the_token_where_there_is_one(api: Client, database: Database) -> None:
    path = await listening(api, challenge="meta", verify_token=await keep_secret(api, database, "meatyhamhock"))
    assert (await api.get(path, params=META)).text == META["hub.challenge"]
    for wrong in ("meatyhamhoc", "MEATYHAMHOCK", "", "ü"):
        error = json_of(await api.get(path, params={**META, "hub.verify_token": wrong}), 401)
        assert error["code"] == "signature_invalid"
        assert error["message"] == "hub.verify_token is not the one that the workflow expects."


async def test_meta_has_to_bring_the_token_where_there_is_one(api: Client, database: Database) -> None:
    path = await listening(api, challenge="meta", verify_token=await keep_secret(api, database, "meatyhamhock"))
    answer = await api.get(path, params={"hub.mode": "subscribe", "hub.challenge": "1"})
    assert json_of(answer, 401)["message"] == "hub.verify_token is missing."


async def test_without_the_tokens_vault_item_nobody_is_let_in(api: Client) -> None:
    path = await listening(api, challenge="meta", verify_token="vlt_unknown")
    assert "not available" in json_of(await api.get(path, params=META), 401)["message"]


@pytest.mark.parametrize(
    ("change", "code", "fault"),
    [
        ({"hub.mode": "unsubscribe"}, "parameter_invalid", "hub.mode"),
        ({"hub.mode": None}, "parameter_invalid", "hub.mode"),
        ({"hub.challenge": None}, "parameter_missing", "hub.challenge"),
    ],
)
async def test_what_is_no_verification_request_is_refused(
    api: Client, change: dict[str, str | None], code: str, fault: str
) -> None:
    path = await listening(api, challenge="meta")
    params = {name: value for name, value in {**META, **change}.items() if value is not None}
    error = json_of(await api.get(path, params=params), 422)
    assert (error["code"], [one["path"] for one in error["errors"]]) == (code, [fault])


async def test_what_meta_sends_afterwards_starts_runs(api: Client, database: Database) -> None:
    item = await keep_secret(api, database, SECRET)
    path = await listening(api, challenge="meta", verification={"scheme": "github", "secret": item})
    request = api.build_request("POST", path, json={"object": "page"})
    request.headers.update(sign("github", SECRET, request.content))
    assert (await api.send(request)).status_code == 202


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("token", ["Validation: Testing client application reachability", "", ODD])
async def test_microsoft_graph_gets_its_token_back(api: Client, database: Database, method: str, token: str) -> None:
    path = await listening(api, challenge="msgraph")
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    answer = await api.anonymous().request(method, path, params={"validationToken": token}, headers=headers)
    assert (answer.status_code, answer.text) == (200, token)
    assert await runs_of(api, database) == 0


async def test_microsoft_graphs_notifications_start_runs(api: Client) -> None:
    path = await listening(api, challenge="msgraph")
    assert (await api.post(path, json={"value": []})).status_code == 202


async def test_a_validation_without_a_token_is_refused(api: Client) -> None:
    error = json_of(await api.get(await listening(api, challenge="msgraph")), 422)
    assert (error["code"], error["errors"][0]["path"]) == ("parameter_missing", "validationToken")


async def test_without_being_asked_for_graphs_handshake_is_a_call(api: Client) -> None:
    path = await listening(api)
    assert (await api.post(path, params={"validationToken": "x"}, json={})).status_code == 202


@pytest.mark.parametrize("challenge", ["meta", "msgraph"])
async def test_an_echo_is_no_page_that_a_browser_would_run(api: Client, challenge: str) -> None:
    path = await listening(api, challenge=challenge)
    answer = await api.get(path, params={**META, "hub.challenge": ODD, "validationToken": ODD})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("challenge", [None, "slack"])
async def test_without_a_handshake_get_is_not_allowed(api: Client, challenge: str | None) -> None:
    answer = await api.get(await listening(api, challenge=challenge), params=META)
    assert (json_of(answer, 405)["code"], answer.headers["allow"]) == ("method_not_allowed", "POST")


async def test_a_handshake_is_answered_before_the_workflow_is_active(api: Client) -> None:
    nodes = [node("t", "webhook_trigger", challenge="slack")]
    saved = await api.created(webhook_workflow(nodes=nodes, is_active=False))
    answer = await api.post(path_of(saved), json=SLACK)
    assert answer.status_code == 200


async def test_at_an_unknown_address_nothing_is_answered(api: Client) -> None:
    error = json_of(await api.get("/workflows/webhooks/whsec_unknown", params=META), 404)
    assert error["code"] == "webhook_not_found"
