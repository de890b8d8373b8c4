"""The database of addresses in a worker: there from its start, or no start."""

from pathlib import Path

import pytest

from app.core.errors import SetupError
from tests.factories.mmdb import database
from tests.worker.telling import ended_well
from tests.worker.world import World, node
from worker.lifespan import open_worker


async def test_steps_find_what_the_file_of_the_settings_knows(world: World, tmp_path: Path) -> None:
    file = tmp_path / "places.mmdb"
    file.write_bytes(database({"203.0.113.0/24": {"country": {"iso_code": "NO"}}}))
    world.settings = world.settings.model_copy(update={"geoip_file": file})
    async with world.worker():
        run = await ended_well(world, node("a", "get_ip_details", ip="203.0.113.7"))
    assert (await world.logs(run))[1].output["geo"]["country_code"] == "NO"


async def test_a_worker_does_not_start_without_the_file_of_its_settings(world: World, tmp_path: Path) -> None:
    settings = world.settings.model_copy(update={"geoip_file": tmp_path / "none.mmdb"})
    with pytest.raises(SetupError, match="VIRGA_GEOIP_FILE"):
        async with open_worker(settings):
            pass
