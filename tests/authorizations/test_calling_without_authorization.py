"""Where there is no authorization that works, or no platform, the node that would call it says why."""

import pytest

from app.core.config import PlatformSettings
from tests.authorizations.browser import signed_in
from tests.authorizations.calls import AGAIN, OK, REFUSED, calling, ended
from tests.authorizations.conftest import Place
from tests.fixtures.api import Client, Database
from tests.fixtures.provider_process import ProviderProcess
from tests.fixtures.target import Target
from tests.worker.world import World


async def test_what_was_revoked_fails_at_once_and_says_what_to_do(
    api: Client, world: World, platform: Target, provider: ProviderProcess
) -> None:
    platform.answers = (REFUSED,)
    authorization_id = await signed_in(api, "leaver")
    provider.forget_tokens_of("leaver")
    saved = await api.created(calling(authorization_id, retry={"max_attempts": 5}))
    run = await ended(world, api, saved["id"])
    expected = f'the provider does not accept the authorization "{authorization_id}" any more; {AGAIN}'
    assert run["error_message"] == f"Platform request failed: {expected}"
    assert (len(run["logs"]), len(platform.requests)) == (2, 1)
    (listed,) = (await api.get("/workflows/authorization")).json()
    assert listed["status"] == "revoked"


async def test_once_revoked_nobody_is_asked_any_more(
    api: Client, world: World, platform: Target, database: Database
) -> None:
    authorization_id = await signed_in(api)
    saved = await api.created(calling(authorization_id))
    await database.execute("UPDATE authorizations SET status = 'revoked'")
    run = await ended(world, api, saved["id"])
    assert (
        run["error_message"] == f'Platform request failed: the authorization "{authorization_id}" was revoked; {AGAIN}'
    )
    assert platform.requests == []


async def test_signing_in_again_makes_the_workflow_work_again(
    api: Client, world: World, platform: Target, database: Database
) -> None:
    platform.answers = (OK,)
    saved = await api.created(calling(await signed_in(api)))
    await database.execute("UPDATE authorizations SET status = 'revoked'")
    await signed_in(api)
    assert (await ended(world, api, saved["id"]))["status"] == "completed"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            "UPDATE workflows SET authorization_id = NULL",
            'the workflow has no authorization: set its "authorization_id"',
        ),
        ("DELETE FROM authorizations", 'the authorization "{id}" does not exist any more'),
        ("UPDATE authorizations SET org_id = 'else'", 'the authorization "{id}" does not exist any more'),
        (
            "UPDATE authorizations SET tokens = decode('00112233445566778899aabbccddeeff', 'hex')",
            f'the authorization "{{id}}" cannot be decrypted; {AGAIN}',
        ),
    ],
)
async def test_without_an_authorization_that_works_the_node_says_why(
    api: Client, world: World, database: Database, change: str, reason: str
) -> None:
    authorization_id = await signed_in(api)
    saved = await api.created(calling(authorization_id))
    await database.execute(change)
    run = await ended(world, api, saved["id"])
    assert run["error_message"] == f"Platform request failed: {reason.format(id=authorization_id)}"


async def test_without_a_platform_the_node_names_the_setting(api: Client, place: Place) -> None:
    saved = await api.created(calling(await signed_in(api)))
    world = World(place.postgres_url, place.redis_url, **place.settings | {"platform": PlatformSettings()})
    run = await ended(world, api, saved["id"])
    await world.close()
    assert run["error_message"].endswith("not set up on this server (VIRGA_PLATFORM__BASE_URL)")
