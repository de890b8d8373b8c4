"""Calls of webhooks whose workflow asks for a signature."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
import structlog

from app.http.deps import Resources
from tests.api.test_webhooks import MASK, payload_of
from tests.factories.secrets import keep_api_key, keep_secret
from tests.factories.webhooks import listening, path_of, sign
from tests.factories.workflows import node, webhook_workflow
from tests.fixtures.api import Client, Database, counted_statements, json_of

SCHEMES = ["hmac_sha256", "github", "stripe", "slack"]
SECRET = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"
BODY = b'{ "order":7 }'
JSON = {"Content-Type": "application/json"}


def now(api: Client) -> int:
    held: Resources = api.app.state.resources
    return int(held.clock.now().timestamp())


async def verified(api: Client, database: Database, scheme: str, **settings: object) -> str:
    """Return the path of a webhook whose calls must be signed with SECRET."""
    item = await keep_secret(api, database, SECRET)
    return await listening(api, verification={"scheme": scheme, "secret": item, **settings})


async def refused(api: Client, path: str, headers: Mapping[str, str], body: bytes = BODY) -> str:
    """Return why a call is refused, which it must be."""
    answer = await api.anonymous().post(path, content=body, headers={**JSON, **headers})
    error = json_of(answer, 401)
    assert (error["type"], error["code"]) == ("authentication_error", "signature_invalid")
    return str(error["message"])


async def runs_of(api: Client, database: Database) -> int:
    return int(await database.value("SELECT count(*) FROM runs WHERE org_id = :org", org=api.org_id))


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_signed_call_starts_a_run(api: Client, database: Database, scheme: str) -> None:
    path = await verified(api, database, scheme)
    headers = sign(scheme, SECRET, BODY, now(api))
    accepted = json_of(await api.anonymous().post(path, content=BODY, headers={**JSON, **headers}), 202)
    assert (await payload_of(api, accepted))["webhook_payload"] == {"order": 7}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_call_without_a_signature_does_not(api: Client, database: Database, scheme: str) -> None:
    path = await verified(api, database, scheme)
    assert "is missing" in await refused(api, path, {})
    assert await runs_of(api, database) == 0


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_call_with_another_body_does_not(api: Client, database: Database, scheme: str) -> None:
    path = await verified(api, database, scheme)
    headers = sign(scheme, SECRET, BODY, now(api))
    message = await refused(api, path, headers, b'{"order":7}')  # the same JSON, in other bytes
    assert message == "The signature is not that of this body under the webhook's secret."
    assert await runs_of(api, database) == 0


@pytest.mark.parametrize("scheme", ["stripe", "slack"])
async def test_a_call_that_is_repeated_later_does_not(api: Client, database: Database, scheme: str) -> None:
    path = await verified(api, database, scheme)
    message = await refused(api, path, sign(scheme, SECRET, BODY, now(api) - 302))
    assert "more than 300 seconds" in message
    assert await runs_of(api, database) == 0


async def test_the_author_says_how_old_a_call_may_be(api: Client, database: Database) -> None:
    path = await verified(api, database, "stripe", tolerance_seconds=3600)
    headers = sign("stripe", SECRET, BODY, now(api) - 3590)
    assert (await api.post(path, content=BODY, headers={**JSON, **headers})).status_code == 202
    assert "more than 3600 seconds" in await refused(api, path, sign("stripe", SECRET, BODY, now(api) - 3610))


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain; charset=iso-8859-1"])
async def test_forms_and_text_are_signed_as_they_are_sent(api: Client, database: Database, content_type: str) -> None:
    path, body = await verified(api, database, "github"), b"text=gr\xfcezi"
    body = body if content_type.startswith("text/plain") else b"text=gr%C3%BCezi&a=+"
    headers = {"Content-Type": content_type, **sign("github", SECRET, body)}
    assert (await api.post(path, content=body, headers=headers)).status_code == 202


async def test_no_body_is_signed_as_nothing(api: Client, database: Database) -> None:
    path = await verified(api, database, "github")
    assert (await api.post(path, headers=sign("github", SECRET, b""))).status_code == 202


async def test_the_signature_is_masked_in_what_the_trigger_gets(api: Client, database: Database) -> None:
    path = await verified(api, database, "hmac_sha256", header="X-Proof")
    signature = sign("hmac_sha256", SECRET, BODY)["X-Signature"]
    accepted = json_of(await api.post(path, content=BODY, headers={**JSON, "x-proof": signature}), 202)
    assert (await payload_of(api, accepted))["headers"]["x-proof"] == MASK


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_no_scheme_leaves_its_signature_to_be_read(api: Client, database: Database, scheme: str) -> None:
    path, headers = await verified(api, database, scheme), sign(scheme, SECRET, BODY, now(api))
    accepted = json_of(await api.post(path, content=BODY, headers={**JSON, **headers}), 202)
    seen = (await payload_of(api, accepted))["headers"]
    assert [name for name in headers if seen[name.lower()] != MASK] == (
        ["X-Slack-Request-Timestamp"] if scheme == "slack" else []
    )


@pytest.mark.parametrize("gone", ["unknown", "expired", "another organization's", "an API key", "empty"])
async def test_without_its_secret_a_webhook_starts_nothing(api: Client, database: Database, gone: str) -> None:
    held: Resources = api.app.state.resources
    past = held.clock.now() - timedelta(seconds=1)
    items = {
        "unknown": "vlt_unknown",
        "expired": await keep_secret(api, database, SECRET, past),
        "another organization's": await keep_secret(api.other(), database, SECRET),
        "an API key": await keep_api_key(api, database),
        "empty": await keep_secret(api, database, ""),
    }
    path = await listening(api, verification={"scheme": "github", "secret": items[gone]})
    for secret in (SECRET, ""):
        message = await refused(api, path, sign("github", secret, BODY))
        assert message.startswith("The secret that calls of this webhook are checked with is not available")
    assert await runs_of(api, database) == 0


async def test_the_log_says_which_secret_is_missing(api: Client, database: Database) -> None:
    held: Resources = api.app.state.resources
    item = await keep_secret(api, database, SECRET, held.clock.now() - timedelta(seconds=1))
    path = await listening(api, verification={"scheme": "github", "secret": item})
    with structlog.testing.capture_logs() as logged:
        await refused(api, path, sign("github", SECRET, BODY))
    (entry,) = [one for one in logged if one["event"] == "webhook_secret_unavailable"]
    assert entry["org_id"] == api.org_id
    assert "expired at" in entry["reason"]


async def test_a_secret_is_good_until_it_expires(api: Client, database: Database) -> None:
    held: Resources = api.app.state.resources
    item = await keep_secret(api, database, SECRET, held.clock.now() + timedelta(hours=1))
    path = await listening(api, verification={"scheme": "github", "secret": item})
    assert (await api.post(path, content=BODY, headers={**JSON, **sign("github", SECRET, BODY)})).status_code == 202


async def test_nobody_learns_without_a_signature_that_a_workflow_is_inactive(api: Client, database: Database) -> None:
    item = await keep_secret(api, database, SECRET)
    trigger = node("t", "webhook_trigger", verification={"scheme": "github", "secret": item})
    saved = await api.created(webhook_workflow(nodes=[trigger], is_active=False))
    path = path_of(saved)
    await refused(api, path, {})
    answer = await api.post(path, content=BODY, headers={**JSON, **sign("github", SECRET, BODY)})
    assert json_of(answer, 409)["code"] == "workflow_inactive"


async def test_checking_costs_2_statements_more(api: Client, database: Database) -> None:
    path = await verified(api, database, "github")
    with counted_statements(api.app) as statements:
        await api.post(path, content=BODY, headers={**JSON, **sign("github", SECRET, BODY)})
    assert len(statements) == 5


async def test_the_vault_is_not_asked_for_a_call_without_a_signature(api: Client, database: Database) -> None:
    path = await verified(api, database, "github")
    with counted_statements(api.app) as statements:
        await refused(api, path, {})
    assert len(statements) == 2


async def test_a_refusal_names_a_way_to_prove_oneself(api: Client, database: Database) -> None:
    path = await verified(api, database, "github")
    assert (await api.post(path, json={})).headers["www-authenticate"] == "Signature"
