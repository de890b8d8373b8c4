"""From the first request to an authorization in the list, at a real provider."""

from datetime import timedelta

from app.core.clock import Clock
from tests.authorizations.browser import CALLBACK, answered, begun, came_back, query_of, signed_in
from tests.fixtures.api import PUBLIC_URL, Client, Database, json_of
from tests.fixtures.provider_process import ProviderProcess

AUTHORIZATIONS = "/workflows/authorization"


async def test_the_url_leads_to_the_provider_with_all_that_it_needs(api: Client, provider: ProviderProcess) -> None:
    url = await begun(api)
    query = query_of(url)
    assert url.startswith(f"{provider.issuer}/oauth2/authorize?")
    assert query["redirect_uri"] == PUBLIC_URL + CALLBACK
    assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
    assert (query["scope"], query["prompt"]) == ("openid email offline_access", "consent")
    assert all(len(query[secret]) == 43 for secret in ("state", "nonce", "code_challenge"))  # 256 bits each


async def test_no_two_sign_ins_share_a_secret(api: Client) -> None:
    first, second = query_of(await begun(api)), query_of(await begun(api))
    assert all(first[secret] != second[secret] for secret in ("state", "nonce", "code_challenge"))


async def test_who_has_signed_in_is_listed(api: Client, provider: ProviderProcess) -> None:
    provider.add_user("grace", email="grace@example.com")
    authorization_id = await signed_in(api, "grace")
    (listed,) = (await api.get(AUTHORIZATIONS)).json()
    assert authorization_id.startswith("auth_")
    assert listed == {
        "id": authorization_id,
        "user_id": "grace",
        "provider": "altostrat",
        "status": "active",
        "created_at": listed["created_at"],
        "email": "grace@example.com",
    }


async def test_the_page_says_that_it_worked_and_keeps_to_itself(api: Client) -> None:
    page = await came_back(api, await answered(await begun(api), {"sub": "hedy"}))
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "Workflows can now act as <strong>hedy</strong>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")


async def test_only_the_organization_that_began_has_the_authorization(api: Client) -> None:
    await signed_in(api)
    assert (await api.other().get(AUTHORIZATIONS)).json() == []


async def test_signing_in_again_renews_what_is_there(api: Client, database: Database) -> None:
    first = await signed_in(api, "hedy")
    await database.execute("UPDATE authorizations SET status = 'revoked', email = NULL, tokens = NULL")
    assert await signed_in(api, "hedy") == first
    (row,) = await database.rows("SELECT * FROM authorizations WHERE org_id = :org", org=api.org_id)
    assert (row.status, row.email, row.tokens is not None) == ("active", "hedy", True)


async def test_two_accounts_are_two_authorizations_newest_first(api: Client) -> None:
    first, second = await signed_in(api, "ada"), await signed_in(api, "grace")
    assert [one["id"] for one in (await api.get(AUTHORIZATIONS)).json()] == [second, first]


async def test_one_account_may_be_signed_in_in_two_organizations(api: Client) -> None:
    assert await signed_in(api) != await signed_in(api.other())


async def test_tokens_are_stored_sealed_with_the_time_of_their_end(
    api: Client, database: Database, provider: ProviderProcess
) -> None:
    await signed_in(api)
    (row,) = await database.rows("SELECT * FROM authorizations WHERE org_id = :org", org=api.org_id)
    issued = provider.seen()["issued"][-1]
    assert issued["access_token"].encode() not in row.tokens
    assert row.tokens_key_id == "k1"
    assert abs(row.expires_at - Clock().now() - timedelta(seconds=issued["expires_in"])) < timedelta(minutes=1)


async def test_what_is_kept_while_signing_in_cannot_be_read(api: Client, database: Database) -> None:
    query = query_of(await begun(api))
    (row,) = await database.rows("SELECT * FROM authorization_states WHERE org_id = :org", org=api.org_id)
    assert row.user_id == "tester"
    assert not any(query["nonce"].encode() in value for value in (row.sealed, row.state_hash))
    assert query["state"].encode() not in row.state_hash


async def test_a_sign_in_and_its_renewal_are_in_the_audit_log_of_who_began(api: Client, database: Database) -> None:
    authorization_id = await signed_in(api)
    await signed_in(api)
    noted = await database.rows("SELECT * FROM audit_log WHERE org_id = :org ORDER BY id", org=api.org_id)
    assert [(one.action, one.actor, one.resource_type, one.resource_id) for one in noted] == [
        ("authorization.create", "tester", "authorization", authorization_id),
        ("authorization.update", "tester", "authorization", authorization_id),
    ]


async def test_sign_ins_that_nobody_completed_are_forgotten_with_the_next(api: Client, database: Database) -> None:
    await begun(api)
    await database.execute("UPDATE authorization_states SET expires_at = expires_at - interval '1 hour'")
    await begun(api)
    assert await database.value("SELECT count(*) FROM authorization_states WHERE org_id = :org", org=api.org_id) == 1


async def test_deleting_revokes_at_the_provider_and_is_noted(
    api: Client, database: Database, provider: ProviderProcess
) -> None:
    authorization_id = await signed_in(api)
    answer = await api.delete(f"{AUTHORIZATIONS}/{authorization_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert provider.seen()["revoked"][-1] == provider.seen()["issued"][-1]["refresh_token"]
    assert (await api.get(AUTHORIZATIONS)).json() == []
    newest = "SELECT action FROM audit_log WHERE org_id = :org ORDER BY id DESC LIMIT 1"
    assert await database.value(newest, org=api.org_id) == "authorization.delete"


async def test_what_is_deleted_or_anothers_is_not_found(api: Client) -> None:
    authorization_id = await signed_in(api)
    theirs = await api.other().delete(f"{AUTHORIZATIONS}/{authorization_id}")
    assert json_of(theirs, 404)["code"] == "authorization_not_found"
    await api.delete(f"{AUTHORIZATIONS}/{authorization_id}")
    assert json_of(await api.delete(f"{AUTHORIZATIONS}/{authorization_id}"), 404)["code"] == "authorization_not_found"
