"""The API with a provider to sign in at, a platform to call, and workers that do."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from app.core.config import OAuthSettings, PlatformSettings, VaultSettings
from app.core.crypto import new_master_key
from tests.authorizations.browser import CALLBACK
from tests.fixtures.api import PUBLIC_URL, Client, Database, database_of, serving
from tests.fixtures.forged_provider import ForgedProvider
from tests.fixtures.provider_process import ProviderProcess
from tests.fixtures.target import Target
from tests.worker.world import World

SCOPES = ("openid", "email", "offline_access")


@pytest.fixture(scope="session")
def provider() -> Iterator[ProviderProcess]:
    with ProviderProcess() as process:
        yield process


@dataclass(frozen=True, slots=True)
class Place:
    """Where sign-ins happen: settings that API and workers share."""

    postgres_url: str
    redis_url: str
    settings: dict[str, object]


@pytest.fixture
async def platform() -> AsyncIterator[Target]:
    """Return a double of the platform; it answers 200 with nothing unless told otherwise."""
    async with Target() as target:
        yield target


@pytest.fixture
async def forged() -> AsyncIterator[ForgedProvider]:
    """Return a provider that answers what a test wants; whoever uses it overrides `oauth`."""
    async with ForgedProvider() as provider:
        yield provider


@pytest.fixture
def oauth(provider: ProviderProcess) -> OAuthSettings:
    client_id, secret = provider.register(PUBLIC_URL + CALLBACK)
    return OAuthSettings(issuer=provider.issuer, client_id=client_id, client_secret=SecretStr(secret), scopes=SCOPES)


@pytest.fixture
def place(make_database: Callable[[], str], redis_url: str, oauth: OAuthSettings, platform: Target) -> Place:
    settings = {
        "oauth": oauth,
        "platform": PlatformSettings(base_url=platform.url("/api/")),
        "vault": VaultSettings(keys=SecretStr(new_master_key("k1"))),
        "public_url": PUBLIC_URL,
    }
    return Place(make_database(), redis_url, settings)


@pytest.fixture
async def api(place: Place) -> AsyncIterator[Client]:
    async with serving(place.postgres_url, place.redis_url, **place.settings) as app, Client(app) as client:
        yield client


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    async with database_of(place.postgres_url) as opened:
        yield opened


@pytest.fixture
async def world(place: Place) -> AsyncIterator[World]:
    world = World(place.postgres_url, place.redis_url, **place.settings)
    await world.flush_redis()
    yield world
    await world.close()
