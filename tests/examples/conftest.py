"""One database, one API and one worker for all tests of a module, and an organization for each."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from app.core.config import ChannelSettings, VaultSettings
from app.core.json import JsonValue
from app.http.openapi import Api
from tests.examples.files import FILES, channels_of, example
from tests.examples.outside import CHANNELS, Outside
from tests.examples.stage import Stage, secret_of
from tests.factories.mmdb import database
from tests.fixtures.api import PUBLIC_URL, Client, serving
from tests.fixtures.mail_servers import MailTarget
from tests.worker.world import VAULT_KEYS, World

PLACES: dict[str, JsonValue] = {  # addresses of documentation are not of the outside
    "9.9.9.0/24": {"country": {"iso_code": "DE", "names": {"en": "Germany"}}},
    "4.4.4.0/24": {"country": {"iso_code": "NO", "names": {"en": "Norway"}}},
}


@dataclass(frozen=True)
class House:
    """What a module's tests share."""

    app: Api
    world: World
    outside: Outside
    mail: MailTarget


@pytest.fixture(scope="module")
async def house(
    make_database: Callable[[], str], redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    url, vault = make_database(), VaultSettings(keys=SecretStr(VAULT_KEYS))
    places = tmp_path_factory.mktemp("places") / "places.mmdb"
    places.write_bytes(database(PLACES))
    async with Outside() as outside, MailTarget(user=("virga", secret_of("mail_password"))) as mail:
        world = World(url, redis_url, public_url=PUBLIC_URL, channels=_channels(outside), geoip_file=places)
        await world.flush_redis()
        async with serving(url, redis_url, vault=vault) as app, world.worker():
            yield House(app, world, outside, mail)
        await world.close()


def _channels(outside: Outside) -> dict[str, ChannelSettings]:
    """Set up every channel that some example names."""
    named = {name for file in FILES for name in channels_of(example(file))}
    return {name: ChannelSettings(type="webhook", url=SecretStr(outside.url(f"/{CHANNELS}/{name}"))) for name in named}


@pytest.fixture
async def stage(house: House) -> AsyncIterator[Stage]:
    house.outside.forget()
    house.mail.got.clear()
    async with Client(house.app) as api:
        yield Stage(api, house.world, house.outside, house.mail)
