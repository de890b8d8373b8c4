"""What browsers bring back from the provider, or pretend to: anybody can call the address with anything."""

import pytest

from tests.authorizations.browser import CALLBACK, answered, begun, came_back, query_of
from tests.fixtures.api import Client, Database
from tests.fixtures.provider_process import ProviderProcess

UNKNOWN = "This sign-in is unknown, was completed before, or took longer than 10 minutes."
COUNT = "SELECT count(*) FROM authorizations WHERE org_id = :org"


async def assert_refused(
    api: Client, database: Database, query: dict[str, str], reason: str, status: int = 400
) -> None:
    """Fail unless the page says why, and nothing came of the sign-in."""
    page = await came_back(api, query)
    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert reason in page.text
    assert await database.value(COUNT, org=api.org_id) == 0


async def test_a_state_is_good_for_one_use(api: Client, database: Database) -> None:
    query = await answered(await begun(api), {"sub": "ada"})
    assert (await came_back(api, query)).status_code == 200
    again = await came_back(api, query)
    assert (again.status_code, UNKNOWN in again.text) == (400, True)
    assert await database.value(COUNT, org=api.org_id) == 1


@pytest.mark.parametrize("query", [{}, {"code": "c"}, {"state": "", "code": "c"}])
async def test_a_return_without_a_state_is_refused(api: Client, database: Database, query: dict[str, str]) -> None:
    await assert_refused(api, database, query, "it names none")


@pytest.mark.parametrize("state", ["x", "'; DROP TABLE authorizations", "ü", "a" * 5000, "\u202e"])
async def test_an_invented_state_is_refused(api: Client, database: Database, state: str) -> None:
    await assert_refused(api, database, {"state": state, "code": "c"}, UNKNOWN)


async def test_text_with_nul_is_refused_like_everywhere(api: Client) -> None:
    assert (await came_back(api, {"state": "\0"})).status_code == 422


async def test_a_state_is_good_for_ten_minutes(api: Client, database: Database) -> None:
    query = await answered(await begun(api), {"sub": "ada"})
    await database.execute("UPDATE authorization_states SET expires_at = expires_at - interval '10 minutes 1 second'")
    await assert_refused(api, database, query, UNKNOWN)


async def test_a_code_of_another_sign_in_is_refused_by_its_verifier(api: Client, database: Database) -> None:
    """Somebody who has got a code cannot put it into a sign-in of his own."""
    theirs = await answered(await begun(api.other()), {"sub": "victim"})
    mine = query_of(await begun(api))
    await assert_refused(api, database, {"state": mine["state"], "code": theirs["code"]}, "(invalid_grant)")


async def test_whoever_brings_a_state_back_completes_it_for_who_began(api: Client, database: Database) -> None:
    query = await answered(await begun(api), {"sub": "ada"})
    stranger = api.other()
    answer = await stranger.get(CALLBACK, params=query)  # his token does not matter here
    assert answer.status_code == 200
    assert await database.value(COUNT, org=stranger.org_id) == 0
    assert await database.value(COUNT, org=api.org_id) == 1


async def test_a_state_that_was_moved_to_another_organization_opens_nothing(api: Client, database: Database) -> None:
    query = await answered(await begun(api.other()), {"sub": "ada"})
    await database.execute("UPDATE authorization_states SET org_id = :org", org=api.org_id)
    await assert_refused(api, database, query, "cannot be completed any more")


async def test_who_says_no_is_told_so_and_the_state_is_used_up(api: Client, database: Database) -> None:
    url = await begun(api)
    query = await answered(url, {"action": "deny"})
    query["state"] = query_of(url)["state"]  # this provider leaves it out of refusals
    await assert_refused(api, database, query, "The provider says: access_denied.")
    await assert_refused(api, database, query, UNKNOWN)


@pytest.mark.parametrize("name", ["error", "state", "code", "iss", "error_description"])
async def test_no_parameter_becomes_part_of_the_page(api: Client, database: Database, name: str) -> None:
    state = query_of(await begun(api))["state"]
    page = await came_back(api, {"state": state, "error": "x", name: "<script>alert(1)</script>\"'"})
    assert page.status_code == 400
    assert "<script" not in page.text
    assert await database.value(COUNT, org=api.org_id) == 0


async def test_a_name_becomes_no_part_of_the_page(api: Client, provider: ProviderProcess) -> None:
    provider.add_user("mallory", email="<img src=x onerror=alert(1)>")
    page = await came_back(api, await answered(await begun(api), {"sub": "mallory"}))
    assert "<strong>&lt;img src=x onerror=alert(1)&gt;</strong>" in page.text


async def test_an_answer_in_another_providers_name_is_refused(api: Client, database: Database) -> None:
    query = await answered(await begun(api), {"sub": "ada"})
    await assert_refused(api, database, {**query, "iss": "https://evil.example"}, "comes from another provider")


@pytest.mark.parametrize("code", [{}, {"code": ""}, {"code": "c" * 4097}])
async def test_a_return_without_a_usable_code_is_refused(api: Client, database: Database, code: dict[str, str]) -> None:
    state = query_of(await begun(api))["state"]
    await assert_refused(api, database, {"state": state, **code}, "sent no code that could be used")


async def test_an_invented_code_is_refused(api: Client, database: Database) -> None:
    state = query_of(await begun(api))["state"]
    await assert_refused(api, database, {"state": state, "code": "ünvented"}, "(invalid_grant)")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_the_address_is_no_authorization(api: Client, method: str) -> None:
    answer = await api.request(method, CALLBACK)
    assert answer.status_code in {404, 405}
