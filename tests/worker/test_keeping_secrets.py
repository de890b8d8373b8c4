"""Secrets that steps make: where they are kept, who may find them, and what a second attempt comes to."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.crypto import Keyring, Sealed
from app.core.db import WORKER_ROLE, create_engine
from app.graph.errors import PermanentError
from app.graph.redaction import MASK
from tests.factories.vault_rows import VaultRows
from tests.fixtures.echo import EchoTarget
from tests.fixtures.fault_proxy import FaultProxy, lost_commits
from tests.worker.leased import vault_of
from tests.worker.telling import ended_well, failure, kept, spelt
from tests.worker.world import VAULT_KEYS, World, call, chain, node
from worker.adapters.vault_writer import StepVault, VaultWriters
from worker.execution.attempt import idempotency_key
from worker.execution.masking import LearningVault
from worker.execution.secrets import RunSecrets

TAKEN = 'The vault has an item named "wg key" already; choose another name, or delete it.'


def keys(node_id: str = "k", name: str = "wg key") -> dict[str, object]:
    return node(node_id, "wireguard_keys", store_as=name)


def step_vault(world: World, key: str = "fl_run_1::k", org: str = "org-a") -> StepVault:
    writers = VaultWriters(world.database, world.doorbell, world.clock, world.ids, Keyring.parse(VAULT_KEYS))
    return writers.of_step(org, "fl_run_1", key)


async def secret_of(world: World, name: str = "wg key") -> str:
    return (await vault_of(world).read("org-a", {name}))[name].reveal()


async def test_a_step_keeps_what_it_makes_where_later_steps_read_it(world: World, echo: EchoTarget) -> None:
    use = call("use", echo.url(), headers={"X-Key": "{{ vault['wg key'] }}"}, body="{{ k.public_key }}")
    async with world.worker():
        run = await ended_well(world, keys(), use)
    secret, left = await secret_of(world), await kept(world)
    assert f"x-key: {secret}\r\n".encode() in echo.requests[0]
    assert (MASK in left, secret in left) == (True, False)
    assert (await world.logs(run))[1].output == {"stored_as": "wg key", "public_key": echo.requests[0][-44:].decode()}


async def test_a_text_that_a_step_keeps_shows_in_no_log_of_the_run_or_the_worker(
    world: World, echo: EchoTarget, capfd: pytest.CaptureFixture[str]
) -> None:
    """A later step calls with the text, and what it calls says it back."""
    made = node("p", "string_transform", operations=["password"], store_as="wg key")
    use = call("use", echo.url(), headers={"X-Key": "{{ vault['wg key'] }}"}, body="{{ p.stored_as }}{{ p.result }}")
    async with world.worker():
        run = await ended_well(world, made, use)
    secret, left = await secret_of(world), await kept(world) + "".join(capfd.readouterr())
    assert (len(secret), f"x-key: {secret}\r\n".encode() in echo.requests[0]) == (24, True)
    assert (await world.logs(run))[1].output == {"stored_as": "wg key"}
    assert (MASK in left, [form for form in spelt(secret) if form in left]) == (True, [])


async def test_a_text_that_a_step_tries_to_keep_under_a_taken_name_shows_in_no_log(
    world: World, vault: VaultRows, capfd: pytest.CaptureFixture[str]
) -> None:
    await vault.add("wg key", "of a person")
    made = node("p", "string_transform", input="made_of_{{ trigger.run_id }}", operations=["upper"], store_as="wg key")
    async with world.worker():
        message = await failure(world, made)
    left = await kept(world) + "".join(capfd.readouterr())
    assert (message, "MADE_OF" in left, await secret_of(world)) == (TAKEN, False, "of a person")


async def test_a_repeated_attempt_at_a_text_keeps_the_first_and_succeeds(world: World) -> None:
    workflow = await world.add_workflow(*chain(node("p", "string_transform", operations=["uuid"], store_as="wg key")))
    run = await world.start_unrung(workflow)
    await step_vault(world, idempotency_key(run, "", "p")).store("wg key", "of the attempt before")
    async with world.worker():
        [row] = await world.ended(run)
    assert (row.status, await secret_of(world)) == ("completed", "of the attempt before")
    assert (await world.logs(run))[1].output == {"stored_as": "wg key"}


async def test_it_is_sealed_for_its_organization_and_row(world: World) -> None:
    async with world.worker():
        await ended_well(world, keys())
    [row] = await world.rows("SELECT * FROM vault_items")
    sealed = Sealed(row.secret_key_id, row.secret)
    plain = Keyring.parse(VAULT_KEYS).decrypt(sealed, org_id="org-a", item_id=row.id)
    assert (row.org_id, row.name, row.api_key_hash, row.expires_at) == ("org-a", "wg key", None, None)
    assert plain.decode() == await secret_of(world)


async def test_the_audit_log_names_the_run(world: World) -> None:
    async with world.worker():
        run = await ended_well(world, keys())
    [item] = await world.rows("SELECT id FROM vault_items")
    [entry] = await world.rows("SELECT * FROM audit_log")
    assert (entry.org_id, entry.actor, entry.address) == ("org-a", run, "local")
    assert (entry.action, entry.resource_type, entry.resource_id) == ("vault_item.create", "vault_item", item.id)


async def test_an_attempt_after_one_whose_worker_died_finds_what_it_had_kept(world: World) -> None:
    workflow = await world.add_workflow(*chain(keys()))
    run = await world.start_unrung(workflow)
    earlier = step_vault(world, idempotency_key(run, "", "k"))
    secret = "d3dteHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="
    await earlier.store("wg key", secret)
    async with world.worker():
        [row] = await world.ended(run)
    assert (row.status, await secret_of(world)) == ("completed", secret)
    assert len(await world.rows("SELECT 1 FROM audit_log")) == 1


async def test_attempts_at_one_moment_agree(world: World) -> None:
    vault = step_vault(world)
    stored = await asyncio.gather(*(vault.store("wg key", f"secret {number}") for number in range(4)))
    assert set(stored) == {await secret_of(world)}


async def test_what_somebody_else_has_saved_stays(world: World, vault: VaultRows) -> None:
    await vault.add("wg key", "of a person")
    async with world.worker():
        message = await failure(world, keys())
    assert (message, await secret_of(world)) == (TAKEN, "of a person")


@pytest.mark.parametrize("key", ["fl_run_1::other", "fl_run_2::k"])
async def test_what_another_step_or_run_has_kept_stays(world: World, key: str) -> None:
    await step_vault(world).store("wg key", "the first")
    with pytest.raises(PermanentError, match="already"):
        await step_vault(world, key).store("wg key", "the second")
    assert await secret_of(world) == "the first"


async def test_an_api_key_of_that_name_is_no_secret(world: World, vault: VaultRows) -> None:
    await vault.add_api_key("wg key")
    with pytest.raises(PermanentError, match="already"):
        await step_vault(world).store("wg key", "secret")


async def test_names_are_of_one_organization(world: World) -> None:
    await step_vault(world, org="org-b").store("wg key", "theirs")
    assert await step_vault(world).store("wg key", "ours") == "ours"
    assert await secret_of(world) == "ours"


async def test_what_cannot_be_decrypted_any_more_fails_the_step(world: World) -> None:
    await step_vault(world).store("wg key", "secret")
    await world.execute("UPDATE vault_items SET secret_key_id = 'gone'")
    with pytest.raises(PermanentError, match="cannot be decrypted; delete it and try again"):
        await step_vault(world).store("wg key", "secret")


@pytest.mark.parametrize(
    ("name", "secret"),
    [("ab", "x"), ("a" * 51, "x"), ("api-key:x", "x"), ("vlt_x", "x"), ("abc", ""), ("abc", "x" * 2_001)],
)
async def test_the_vault_keeps_what_the_api_would_keep(world: World, name: str, secret: str) -> None:
    with pytest.raises(PermanentError, match="The vault cannot keep a secret named"):
        await step_vault(world).store(name, secret)
    assert await world.rows("SELECT 1 FROM vault_items") == []


async def test_a_commit_whose_answer_is_lost_is_found_again(world: World, tmp_path: Path) -> None:
    url = world.settings.database_url.get_secret_value()
    async with FaultProxy(url, tmp_path, lost_commits(lambda number: number == 2)) as proxy:  # the first ends a look
        engine = create_engine(proxy.url, role=WORKER_ROLE, pool_size=2, application="test")
        vault = replace(step_vault(world), shared=replace(step_vault(world).shared, engine=engine))
        stored = await vault.store("wg key", "secret")
        await engine.dispose()
    assert (proxy.lost, stored, await secret_of(world)) == (1, "secret", "secret")
    assert len(await world.rows("SELECT 1 FROM audit_log")) == 1


async def test_a_secret_that_a_run_has_made_is_masked_from_then_on(world: World) -> None:
    secrets = RunSecrets(vault_of(world), "org-a", frozenset(), {})
    vault = LearningVault(step_vault(world), secrets)
    await step_vault(world).store("wg key", "of an earlier attempt")
    await vault.store("wg key", "made in vain")
    assert await secrets.masked({"a": "of an earlier attempt", "b": ["made in vain"]}) == {"a": MASK, "b": [MASK]}
