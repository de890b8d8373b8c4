"""Workers call the platform as whoever signed in: with a token that works, and that is renewed when it does not."""

import asyncio

import pytest

from app.core.config import OAuthSettings
from tests.authorizations.browser import signed_in
from tests.authorizations.calls import OK, REFUSED, bearer, called, calling, ended
from tests.authorizations.conftest import Place
from tests.examples.files import example
from tests.fixtures.api import Client, Database, json_of
from tests.fixtures.provider_process import ProviderProcess
from tests.fixtures.target import Target, answer
from tests.worker.world import World, until


async def test_a_call_carries_the_token_of_who_signed_in(
    api: Client, world: World, platform: Target, provider: ProviderProcess
) -> None:
    platform.answers = (OK,)
    log = await called(world, api)
    assert (log["status"], log["output"]["body"]) == ("success", {"sites": 3})
    (request,) = platform.requests
    assert request.startswith(b"GET /api/v1/sites HTTP/1.1\r\n")
    assert bearer(request) == f"Bearer {provider.seen()['issued'][-1]['access_token']}"


@pytest.mark.parametrize(("status", "last"), [("409 Conflict", "done"), ("404 Not Found", "failed")])
async def test_the_example_of_the_component_runs(
    api: Client, world: World, platform: Target, status: str, last: str
) -> None:
    platform.answers = (answer(status=status),)
    saved = await api.created({**example("altostrat_api"), "authorization_id": await signed_in(api)})
    run = await ended(world, api, saved["id"], site_id="s 1")
    assert (run["status"], run["logs"][-1]["node_id"]) == ("completed", last)
    assert platform.requests[-1].startswith(b"POST /api/v1/sites/s+1/notes HTTP/1.1\r\n")


async def test_an_empty_answer_is_a_success(api: Client, world: World, platform: Target) -> None:
    platform.answers = (answer(status="204 No Content"),)
    log = await called(world, api, method="DELETE")
    assert (log["status"], log["output"]["status"], log["output"]["body"]) == ("success", 204, None)


async def test_a_token_that_is_refused_is_renewed_once(
    api: Client, world: World, platform: Target, provider: ProviderProcess
) -> None:
    platform.answers = (REFUSED, OK)
    before = provider.seen()["renewals"]
    log = await called(world, api)
    assert log["status"] == "success"
    assert bearer(platform.requests[0]) != bearer(platform.requests[1])
    assert bearer(platform.requests[1]) == f"Bearer {provider.seen()['issued'][-1]['access_token']}"
    assert provider.seen()["renewals"] == before + 1


async def test_a_platform_that_refuses_new_tokens_too_is_asked_no_more(
    api: Client, world: World, platform: Target
) -> None:
    platform.answers = (REFUSED,)
    log = await called(world, api)
    assert log["output"]["error"]["message"] == "Platform request failed: 401 Unauthorized"
    assert len(platform.requests) == 2


async def test_a_token_past_its_time_is_renewed_before_the_call(
    api: Client, world: World, platform: Target, database: Database, provider: ProviderProcess
) -> None:
    platform.answers = (OK,)
    saved = await api.created(calling(await signed_in(api)))
    await database.execute("UPDATE authorizations SET expires_at = now() + interval '20 seconds'")
    assert (await ended(world, api, saved["id"]))["status"] == "completed"
    (request,) = platform.requests
    assert bearer(request) == f"Bearer {provider.seen()['issued'][-1]['access_token']}"
    still = "SELECT expires_at > now() + interval '30 seconds' FROM authorizations WHERE org_id = :org"
    assert await database.value(still, org=api.org_id)


async def test_many_runs_on_two_workers_renew_a_token_once(
    api: Client, world: World, platform: Target, database: Database, provider: ProviderProcess
) -> None:
    platform.answers = (OK,)
    saved = await api.created(calling(await signed_in(api)))
    await database.execute("UPDATE authorizations SET expires_at = now()")
    before = provider.seen()["renewals"]
    runs = [(await api.started(saved["id"]))["id"] for _ in range(20)]
    async with world.worker(), world.worker():
        ends = await world.ended(*runs)
    assert {end.status for end in ends} == {"completed"}
    assert provider.seen()["renewals"] == before + 1
    assert len({bearer(request) for request in platform.requests}) == 1


async def test_the_authorization_is_that_of_the_moment_of_use(
    api: Client, world: World, platform: Target, provider: ProviderProcess
) -> None:
    platform.answers = (OK,)
    saved = await api.created(calling(await signed_in(api, "ada")))
    run = await api.started(saved["id"])
    grace = await signed_in(api, "grace")
    json_of(await api.put(f"/workflows/{saved['id']}", json={"authorization_id": grace}), 200)
    async with world.worker():
        await world.ended(run["id"])
    assert bearer(platform.requests[0]) == f"Bearer {provider.seen()['issued'][-1]['access_token']}"


async def test_a_token_that_the_platform_echoes_is_masked(
    api: Client, world: World, platform: Target, database: Database, provider: ProviderProcess
) -> None:
    authorization_id = await signed_in(api)
    token = provider.seen()["issued"][-1]["access_token"]
    platform.answers = (answer(f"you are {token}".encode(), f"X-Echo: Bearer {token}", status=f"200 {token}"),)
    saved = await api.created(calling(authorization_id))
    run = await ended(world, api, saved["id"])
    output = run["logs"][-1]["output"]
    assert (output["body"], output["headers"]["x-echo"]) == ("you are ••••", "Bearer ••••")
    logged = "SELECT count(*) FROM run_logs WHERE strpos(output::text, :token) > 0"
    assert await database.value(logged, token=token) == 0


async def test_a_redirect_is_not_followed_with_the_token(api: Client, world: World, platform: Target) -> None:
    platform.answers = (answer(b"", "Location: /elsewhere", status="302 Found"),)
    log = await called(world, api)
    assert log["output"]["error"]["message"] == "Platform request failed: 302 Found, which leads to another address"
    assert len(platform.requests) == 1


async def test_a_provider_that_is_away_is_a_reason_to_try_again(
    api: Client, place: Place, platform: Target, database: Database
) -> None:
    """Its token endpoint cannot be reached for the first attempt; the second finds it there."""
    platform.answers = (OK,)
    saved = await api.created(calling(await signed_in(api), retry={"max_attempts": 3, "delay_seconds": 0.1}))
    await database.execute("UPDATE authorizations SET expires_at = now()")
    nowhere = {"oauth": OAuthSettings(issuer="http://127.0.0.1:9", client_id="virga")}
    world = World(place.postgres_url, place.redis_url, **place.settings | nowhere)
    run = await ended(world, api, saved["id"])
    await world.close()
    assert [log["status"] for log in run["logs"]] == ["success", "warning", "warning", "error"]
    assert run["error_message"] == (
        "Platform request failed: the authorization could not be renewed: could not connect to 127.0.0.1"
    )


async def test_a_step_that_leaves_does_not_end_the_renewal_it_began(
    api: Client, world: World, database: Database
) -> None:
    authorization_id = await signed_in(api)
    await database.execute("UPDATE authorizations SET expires_at = now()")
    async with world.worker() as worker:
        renewals = worker.parts.engine._tools.ways_out.platforms.renewals
        asking = asyncio.create_task(renewals.for_authorization(api.org_id, authorization_id))
        await until(lambda: bool(renewals._under_way))
        asking.cancel()
        await world.holds("SELECT expires_at > now() + interval '1 minute' FROM authorizations")
