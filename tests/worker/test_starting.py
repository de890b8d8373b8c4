"""What a worker refuses to start with."""

import pytest
from pydantic import SecretStr

from app.core.config import VaultSettings
from app.core.crypto import new_master_key
from app.core.errors import SetupError
from tests.factories.vault_rows import VaultRows
from tests.worker.world import VAULT_KEYS, World
from worker.lifespan import open_worker


async def refusal(world: World, keys: str | None) -> str:
    """Return why a worker with these keys does not start."""
    vault = VaultSettings(keys=SecretStr(keys) if keys else None)
    with pytest.raises(SetupError) as refused:
        async with open_worker(world.settings.model_copy(update={"vault": vault})):
            pass
    return str(refused.value)


async def test_no_keys(world: World) -> None:
    assert await refusal(world, None) == "VIRGA_VAULT__KEYS is not set; `virga init-env` makes one."


async def test_a_key_that_something_stored_needs(world: World) -> None:
    await VaultRows(world.execute, VAULT_KEYS).add("key", "secret")
    assert await refusal(world, new_master_key("k2")) == (
        'VIRGA_VAULT__KEYS lacks the key "k1", which stored secrets were encrypted with.'
    )
