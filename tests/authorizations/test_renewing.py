"""How tokens are renewed: with the newest refresh token, once for all who ask, and never again once that is refused."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.authorizations.provider import open_provider
from app.authorizations.renewal import Access, Renewals
from app.authorizations.tokens import Seals
from app.core.config import OAuthSettings
from app.core.db import WORKER_ROLE, Engine, create_engine
from app.graph.errors import PermanentError, StepError, TemporaryError
from app.http.deps import Resources
from tests.authorizations.browser import came_back, state_of
from tests.authorizations.conftest import Place
from tests.fixtures.api import Client, Database
from tests.fixtures.forged_provider import CLIENT_ID, ForgedProvider, json_answer
from tests.fixtures.target import HANG_UP, answer

NOT_RENEWED = "the authorization could not be renewed: "


@pytest.fixture
def oauth(forged: ForgedProvider) -> OAuthSettings:
    return OAuthSettings(issuer=forged.issuer, client_id=CLIENT_ID)


@pytest.fixture
async def worker(place: Place) -> AsyncIterator[Engine]:
    """Return the database as workers see it."""
    engine = create_engine(place.postgres_url, role=WORKER_ROLE, pool_size=5, application="test")
    yield engine
    await engine.dispose()


def renewals_of(api: Client, engine: Engine, oauth: OAuthSettings) -> Renewals:
    held: Resources = api.app.state.resources
    provider = open_provider(oauth, held.settings.public_url, held.outbound, held.clock)
    return Renewals(engine, held.doorbell, provider, Seals(held.keyring), held.clock)


@pytest.fixture
async def renewals(api: Client, worker: Engine, oauth: OAuthSettings) -> AsyncIterator[Renewals]:
    renewals = renewals_of(api, worker, oauth)
    yield renewals
    await renewals.aclose()


async def access_of(api: Client, forged: ForgedProvider, renewals: Renewals) -> Access:
    """Sign in, and return the access that it gives."""
    assert (await came_back(api, {"state": await state_of(api, forged), "code": "c"})).status_code == 200
    (found,) = (await api.get("/workflows/authorization")).json()
    forged.requests.clear()
    forged.tokens = {"access_token": "at-2", "refresh_token": "rt-2"}
    return await renewals.for_authorization(api.org_id, found["id"])


def sent(forged: ForgedProvider) -> list[str]:
    """Return the refresh tokens that the provider was asked with."""
    asked = [request.split(b"\r\n\r\n")[1].decode() for request in forged.requests_for("/token")]
    return [body.split("refresh_token=")[1].split("&")[0] for body in asked]


async def test_a_token_that_works_is_handed_out_without_asking(
    api: Client, forged: ForgedProvider, renewals: Renewals
) -> None:
    access = await access_of(api, forged, renewals)
    assert (access.token, "at-1" in repr(access)) == ("at-1", False)
    assert forged.requests == []


async def test_a_refresh_token_that_changes_with_each_use_is_kept(
    api: Client, forged: ForgedProvider, renewals: Renewals
) -> None:
    first = await access_of(api, forged, renewals)
    second = await renewals.renewed(first)
    forged.tokens = {"access_token": "at-3", "refresh_token": None}
    third = await renewals.renewed(second)
    forged.tokens = {"access_token": "at-4"}
    fourth = await renewals.renewed(third)
    assert [access.token for access in (first, second, third, fourth)] == ["at-1", "at-2", "at-3", "at-4"]
    assert sent(forged) == ["rt-1", "rt-2", "rt-2"]


async def test_all_who_ask_get_one_renewal(
    api: Client, forged: ForgedProvider, renewals: Renewals, worker: Engine, oauth: OAuthSettings
) -> None:
    """Also those of another process, which is only known to us by the row's lock."""
    first = await access_of(api, forged, renewals)
    other = renewals_of(api, worker, oauth)
    forged.delay_seconds = 0.1
    answers = await asyncio.gather(*(one.renewed(first) for one in [renewals, other] * 10))
    assert {access.token for access in answers} == {"at-2"}
    assert sent(forged) == ["rt-1"]


async def test_one_who_asks_with_an_old_token_gets_the_newest_without_a_renewal(
    api: Client, forged: ForgedProvider, renewals: Renewals
) -> None:
    first = await access_of(api, forged, renewals)
    await renewals.renewed(first)
    assert (await renewals.renewed(first)).token == "at-2"
    assert sent(forged) == ["rt-1"]


async def test_a_refused_refresh_token_is_the_end(
    api: Client, forged: ForgedProvider, renewals: Renewals, database: Database
) -> None:
    first = await access_of(api, forged, renewals)
    forged.scripted["/token"] = json_answer({"error": "invalid_grant"}, "400 Bad Request")
    for reason in ("does not accept the authorization", "was revoked"):
        with pytest.raises(PermanentError, match=f"{reason}.*sign in again by POST /workflows/authorization"):
            await renewals.renewed(first)
    assert len(sent(forged)) == 1
    assert (
        await database.value("SELECT status FROM authorizations WHERE id = :id", id=first.authorization_id) == "revoked"
    )


async def test_without_a_refresh_token_there_is_nothing_to_ask_with(
    api: Client, forged: ForgedProvider, renewals: Renewals
) -> None:
    forged.tokens = {"refresh_token": None}
    first = await access_of(api, forged, renewals)
    with pytest.raises(PermanentError, match="does not accept the authorization"):
        await renewals.renewed(first)
    assert sent(forged) == []


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (HANG_UP, TemporaryError, f"{NOT_RENEWED}127.0.0.1 closed the connection before it had answered"),
        (answer(status="503 Down"), TemporaryError, f"{NOT_RENEWED}the provider answered with status 503"),
        (answer(b"<html>"), PermanentError, f"{NOT_RENEWED}the provider's answer is not a JSON object"),
        (
            json_answer({"error": "invalid_client"}, "401 No"),
            PermanentError,
            "the provider refused to renew the authorization (invalid_client)",
        ),
    ],
)
async def test_any_other_failure_leaves_the_authorization_as_it_is(
    api: Client, forged: ForgedProvider, renewals: Renewals, reply: bytes, kind: type[StepError], reason: str
) -> None:
    first = await access_of(api, forged, renewals)
    forged.scripted["/token"] = reply
    with pytest.raises(kind) as caught:
        await renewals.renewed(first)
    assert caught.value.message == reason
    del forged.scripted["/token"]
    assert (await renewals.renewed(first)).token == "at-2"
    assert sent(forged) == ["rt-1", "rt-1"]


async def test_the_row_may_stay_locked_for_longer_than_transactions_usually_rest(
    api: Client, forged: ForgedProvider, renewals: Renewals
) -> None:
    second = await renewals.renewed(await access_of(api, forged, renewals))
    forged.tokens = {"access_token": "at-3"}
    forged.delay_seconds = 5.5
    assert (await renewals.renewed(second)).token == "at-3"


async def test_where_the_provider_is_not_named_any_more_nothing_is_renewed(
    api: Client, forged: ForgedProvider, renewals: Renewals, worker: Engine
) -> None:
    first = await access_of(api, forged, renewals)
    with pytest.raises(PermanentError, match="VIRGA_OAUTH__ISSUER is not set"):
        await renewals_of(api, worker, OAuthSettings()).renewed(first)


async def test_what_was_deleted_meanwhile_is_not_renewed(
    api: Client, forged: ForgedProvider, renewals: Renewals
) -> None:
    first = await access_of(api, forged, renewals)
    assert (await api.delete(f"/workflows/authorization/{first.authorization_id}")).status_code == 204
    with pytest.raises(PermanentError, match="does not exist any more"):
        await renewals.renewed(first)
    with pytest.raises(PermanentError, match="does not exist any more"):
        await renewals.for_authorization(api.org_id, first.authorization_id)


async def test_deleting_waits_for_a_renewal_and_revokes_what_it_brought(
    api: Client, forged: ForgedProvider, renewals: Renewals
) -> None:
    first = await access_of(api, forged, renewals)
    forged.delay_seconds = 0.2
    renewing = asyncio.create_task(renewals.renewed(first))
    while not forged.requests_for("/token"):
        await asyncio.sleep(0.01)
    assert (await api.delete(f"/workflows/authorization/{first.authorization_id}")).status_code == 204
    assert (await renewing).token == "at-2"
    assert b"token=rt-2" in forged.requests_for("/revocation")[0]


async def test_one_organization_cannot_use_the_authorization_of_another(
    api: Client, forged: ForgedProvider, renewals: Renewals
) -> None:
    first = await access_of(api, forged, renewals)
    with pytest.raises(PermanentError, match="does not exist any more"):
        await renewals.for_authorization("another", first.authorization_id)


async def test_while_the_database_is_away_a_step_may_try_again(renewals: Renewals) -> None:
    nowhere = create_engine("postgresql://nobody@127.0.0.1:9/none", role=None, pool_size=1, application="test")
    broken = Renewals(nowhere, renewals._doorbell, None, renewals._seals, renewals._clock)
    with pytest.raises(TemporaryError, match="while the database is away"):
        await broken.for_workflow("org", "fl_1")
