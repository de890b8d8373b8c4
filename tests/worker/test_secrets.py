"""The vault inside runs: which step gets which secret, and why a step gets none."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy.engine import Engine

from app.core.json import dumps
from app.graph.outcome import Success
from app.graph.ports import FREE
from app.graph.redaction import MASK
from app.graph.vault import vault_names_of
from tests.factories.noting import NotedLink
from tests.factories.steps import action
from tests.factories.vault_rows import VaultRows
from tests.fixtures.echo import EchoTarget
from tests.fixtures.statements import sent_statements
from tests.fixtures.target import Target, answer
from tests.worker.leased import vault_of
from tests.worker.telling import OTHER, SECRET, ended_well, failure, kept
from tests.worker.world import World, call, chain, text, until
from worker.execution.attempt import attempt
from worker.execution.context import StepContext
from worker.execution.secrets import RunSecrets
from worker.execution.vault import Secret


@pytest.mark.parametrize("by_id", [False, True], ids=["name", "id"])
async def test_a_step_sends_the_secrets_that_it_names(
    world: World, vault: VaultRows, echo: EchoTarget, *, by_id: bool
) -> None:
    item = await vault.add("My key", "plain_secret_1")
    header = item if by_id else '{{ vault["My key"] }}'
    async with world.worker():
        await ended_well(world, call("a", echo.url(), headers={"X-Key": header}))
    assert "x-key: plain_secret_1" in echo.head


@pytest.mark.parametrize("by_id", [False, True], ids=["name", "id"])
async def test_an_item_that_is_not_there_fails_the_step_that_names_it(world: World, *, by_id: bool) -> None:
    name = "vlt_01k8x000000000000000000000" if by_id else "x"
    async with Target() as target, world.worker():
        message = await failure(world, call("a", target.url(), headers={"X": f'{{{{ vault["{name}"] }}}}'}))
    assert (message, target.requests) == (f'There is no vault item named "{name}".', [])


async def test_an_item_of_another_organization_is_not_there(world: World, vault: VaultRows) -> None:
    item = await vault.add("key", SECRET)
    async with Target() as target, world.worker():
        by_name = await failure(world, call("a", target.url("/{{ vault.key }}")), org="org-b")
        by_id = await failure(world, call("a", target.url(), headers={"X": item}), org="org-b")
    assert [by_name, by_id] == ['There is no vault item named "key".', f'There is no vault item named "{item}".']


async def test_an_expired_item_fails_the_step_and_is_masked_all_the_same(world: World, vault: VaultRows) -> None:
    await vault.add("key", SECRET, expires_at=world.clock.now() - timedelta(seconds=1))
    async with Target(answer(SECRET.encode())) as target, world.worker():
        message = await failure(world, call("a", target.url()), call("b", target.url("/{{ vault.key }}")))
    left = await kept(world)
    assert (message, MASK in left, SECRET in left) == ('The vault item "key" has expired.', True, False)


async def test_an_api_key_is_no_secret_for_nodes(world: World, vault: VaultRows) -> None:
    await vault.add_api_key("api-key:ci")
    async with world.worker():
        message = await failure(world, call("a", "https://example.com/", headers={"X": '{{ vault["api-key:ci"] }}'}))
    assert message == 'The vault item "api-key:ci" is an API key, which nodes cannot use.'


async def test_a_secret_of_another_row_cannot_be_used(world: World, vault: VaultRows) -> None:
    await vault.add("key", SECRET)
    await vault.add("other", OTHER)
    await world.execute("UPDATE vault_items SET secret = (SELECT secret FROM vault_items WHERE name = 'key')")
    async with world.worker():
        message = await failure(world, call("a", "https://example.com/{{ vault.other }}"))
    assert message == 'The vault item "other" cannot be decrypted; save its secret again.'


async def test_a_failure_over_the_vault_takes_the_error_edge_as_any_other(world: World) -> None:
    nodes, edges = chain(call("a", "https://example.com/{{ vault.key }}"), text("b", "{{ a.error.message }}"))
    edges[1]["sourceHandle"] = "error"
    async with world.worker():
        run = await world.start(await world.add_workflow(nodes, edges))
        [row] = await world.ended(run)
    assert (row.status, [status for _, status in await world.steps(run)]) == (
        "completed",
        ["success", "error", "success"],
    )


@pytest.mark.parametrize("reading", ["{{ vault.key }}", "{{ vault }}", "{{ vault[t.context.name] }}"])
async def test_a_template_that_may_not_read_the_vault_finds_nothing_there(
    world: World, vault: VaultRows, reading: str
) -> None:
    """Saving refuses such a definition; here it got into the database all the same."""
    await vault.add("key", SECRET)
    async with world.worker():
        run = await ended_well(world, text("a", f"({reading})"), name="key")
    assert (await world.logs(run))[1].output == {"text": "()", "result": "()"}


async def test_a_setting_sees_only_the_items_that_it_names(world: World, vault: VaultRows, echo: EchoTarget) -> None:
    await vault.add("key", SECRET)
    await vault.add("other", OTHER)
    body = "{{ vault.key | size }} {% for pair in vault %}{{ pair[0] }} {% endfor %}{{ vault[t.context.name] }}"
    async with world.worker():
        await ended_well(world, call("a", echo.url(), headers={"X": "{{ vault.other }}"}, body=body), name="other")
    assert echo.requests[0].endswith(b"\r\n\r\n14 key ")


Asked = Callable[[], int]


@pytest.fixture
def asked_of_the_vault() -> Iterator[Asked]:
    """Return what counts the statements that have read the vault."""
    with sent_statements(Engine) as sent:
        yield lambda: sum("vault_items" in statement and "SELECT" in statement for statement in sent)


async def test_a_run_that_names_no_item_never_asks_the_vault(world: World, asked_of_the_vault: Asked) -> None:
    async with Target() as target, world.worker():
        await ended_well(world, call("a", target.url(), auth={"type": "bearer", "token": "x"}), text("b", "{{ a }}"))
    assert asked_of_the_vault() == 0


async def test_a_claim_and_a_step_ask_the_vault_once_each(
    world: World, vault: VaultRows, asked_of_the_vault: Asked
) -> None:
    for name in ("a", "b", "c"):
        await vault.add(name, SECRET)
    url, headers = "/{{ vault.a | url_encode }}", {"X": "{{ vault.b }}", "Y": "{{ vault.c }}"}
    async with Target() as target, world.worker():
        await ended_well(world, call("a", target.url(url), headers=headers), text("b", "x"))
    assert asked_of_the_vault() == 2


async def test_a_name_that_is_the_id_of_another_item_stands_behind_it(
    world: World, vault: VaultRows, echo: EchoTarget
) -> None:
    item = await vault.add("key", "of_the_item_with_this_id")
    await vault.add(item, "of_the_item_with_this_name")
    async with world.worker():
        await ended_well(world, call("a", echo.url(), headers={"X": item}))
    assert "x: of_the_item_with_this_id" in echo.head


async def test_a_node_is_tried_alone_with_the_secrets_of_its_organization(
    world: World, vault: VaultRows, echo: EchoTarget
) -> None:
    """What whoever runs a node without a run has to do."""
    await vault.add("key", SECRET)
    node = action("webhook", {"url": echo.url(), "auth": {"type": "bearer", "token": "{{ vault.key }}"}})
    names = vault_names_of(node)
    secrets = await RunSecrets.open(vault_of(world), "org-a", names)
    async with world.worker() as worker:
        ways_out = worker.parts.engine._tools.ways_out
        step = StepContext(
            run_id="tst_1",
            now=world.clock.now(),
            attempt=1,
            idempotency_key="tst_1::n1",
            timeout_seconds=5,
            output_bytes=1_000_000,
            outside=ways_out.of_step(
                secrets,
                FREE,
                ways_out.platforms.of_authorization("org-a", "auth_none"),
                ways_out.vaults.of_step("org-a", "tst_1", "tst_1::n1"),
                NotedLink(),
            ),
            settings=node.base_settings,
            roots={},
            context_bytes=0,
            secrets=await secrets.look_up(names),
        )
        outcome = await attempt(secrets.guard(node.run(step)), component_id="webhook", timeout_seconds=5)
    assert isinstance(outcome, Success)
    said = dumps(outcome.output)
    assert (SECRET.encode() in echo.requests[0], MASK in said, SECRET in said) == (True, True, False)


async def test_a_vault_that_does_not_answer_is_asked_again(
    world: World, vault: VaultRows, asked_of_the_vault: Asked
) -> None:
    await vault.add("key", SECRET)
    await world.execute("ALTER TABLE vault_items RENAME TO away")
    asking = asyncio.create_task(vault_of(world).read("org-a", {"key"}))
    await until(lambda: asked_of_the_vault() == 2)
    await world.execute("ALTER TABLE away RENAME TO vault_items")
    assert (await asking)["key"].reveal() == SECRET


def test_a_secret_does_not_show_itself() -> None:
    assert SECRET not in repr(Secret(SECRET))
