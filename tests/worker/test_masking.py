"""Nothing that a run keeps shows a secret that its definition names."""

import base64

from app.graph.errors import PermanentError
from app.graph.outcome import Failure, Outcome
from app.graph.redaction import MASK
from tests.factories.noting import NotedLink
from tests.factories.vault_rows import VaultRows
from tests.fixtures.echo import EchoTarget
from tests.fixtures.target import SILENCE, Target, answer
from tests.worker.leased import vault_of
from tests.worker.telling import OTHER, SECRET, ended_well, failure, kept, spelt
from tests.worker.world import World, call, chain, node, text, until
from worker.execution.attempt import attempt
from worker.execution.masking import LearningLinks
from worker.execution.secrets import SENT, RunSecrets


async def test_nothing_that_is_kept_of_a_run_shows_a_secret(world: World, vault: VaultRows, echo: EchoTarget) -> None:
    await vault.add("key", SECRET)
    secret = "{{ vault.key }}"
    auth = {"type": "basic", "username": "ada", "password": secret}
    body, headers, query = {"deep": [secret]}, {"X-Key": secret}, {"q": secret}
    sent = call("a", echo.url("/{{ vault.key | url_encode }}"), auth=auth, body=body, headers=headers, query=query)
    async with world.worker():
        await ended_well(world, sent, text("b", "{{ a.body }}{{ a.headers }}{{ vault_is_no_node.key }}"))
    left = await kept(world)
    assert SECRET.encode() in echo.requests[0]
    assert MASK in left
    assert [form for form in spelt(SECRET) if form in left] == []


async def test_later_steps_read_what_is_masked(world: World, vault: VaultRows, echo: EchoTarget) -> None:
    await vault.add("key", SECRET)
    later = call("b", echo.url(), body="{{ a.body.as }}")
    async with world.worker():
        await ended_well(world, call("a", echo.url(), headers={"X-Key": "{{ vault.key }}"}), later)
    assert MASK.encode() in echo.requests[1]
    assert SECRET.encode() not in echo.requests[1]


async def test_a_failure_shows_no_secret_however_long_it_is(world: World, vault: VaultRows, echo: EchoTarget) -> None:
    """The reason phrase is cut at 100 characters, in the middle of the secret."""
    await vault.add("key", SECRET * 40)
    url = echo.url("/status/503/{{ vault.key | url_encode }}")
    async with world.worker():
        message = await failure(world, call("a", url, auth={"type": "bearer", "token": "{{ vault.key }}"}))
    assert message.startswith("Webhook request failed: 503 ")
    left = await kept(world)
    assert [form for form in ("s3cr", "4711", base64.b64encode(SECRET.encode()).decode()[:8]) if form in left] == []


async def test_what_a_host_that_is_a_secret_fails_with_shows_it_in_no_case(world: World, vault: VaultRows) -> None:
    await vault.add("host", "S3CRET-TENANT.invalid")
    async with world.worker():
        message = await failure(world, call("a", "https://{{ vault.host }}/"))
    assert message == f"Webhook request failed: the name {MASK} could not be resolved"


async def test_the_payload_of_the_trigger_is_masked_before_it_is_recorded(world: World, vault: VaultRows) -> None:
    await vault.add("key", SECRET)
    lost = call("lost", "https://example.com/{{ vault.key }}")
    nodes, edges = chain(text("a", "{{ t.said }}{{ t.context.said }}"))
    async with world.worker():
        workflow = await world.add_workflow([*nodes, lost], edges)
        await world.ended(await world.start(workflow, context={"said": f"it is {SECRET}.", SECRET: 1}))
    left = await kept(world)
    assert f"it is {MASK}." in left
    assert [form for form in spelt(SECRET) if form in left] == []


async def test_a_large_output_is_masked_too(world: World, vault: VaultRows) -> None:
    await vault.add("key", SECRET)
    async with Target(answer(f"{'x' * 200_000}{SECRET}{'y' * 200_000}".encode())) as target, world.worker():
        await ended_well(world, call("a", target.url(), headers={"X-Key": "{{ vault.key }}"}))
    left = await kept(world)
    assert (f"x{MASK}y" in left, SECRET in left) == (True, False)


async def test_the_exact_authorization_that_was_sent_is_masked_also_in_later_steps(
    world: World, vault: VaultRows
) -> None:
    await vault.add("key", "abc")  # too short to be looked for by itself
    token = base64.b64encode(b"ada:abc").decode()
    async with Target(answer(token.encode()), answer(f"it was Basic {token}".encode())) as target, world.worker():
        sent = call("a", target.url(), auth={"type": "basic", "username": "ada", "password": "{{ vault.key }}"})
        await ended_well(world, sent, call("b", target.url()))
    left = await kept(world)
    assert token not in left
    assert left.count(MASK) == 2


async def test_after_a_rotation_the_old_and_the_new_value_are_masked(world: World, vault: VaultRows) -> None:
    item = await vault.add("key", SECRET)
    secret = {"X-Key": "{{ vault.key }}"}
    async with Target(answer(b"fine"), answer(f"{SECRET} {OTHER}".encode())) as target, world.worker():
        nodes = [call("a", target.url(), headers=secret), node("d", "delay", duration=0.9, unit="seconds")]
        workflow = await world.add_workflow(*chain(*nodes, call("b", target.url(), headers=secret)))
        run = await world.start(workflow)
        await world.holds("SELECT count(*) = 2 FROM run_logs WHERE run_id = :id", id=run)
        await vault.rotate(item, OTHER)
        await world.ended(run)
    assert (f"x-key: {OTHER}" in target.head, f"{MASK} {MASK}" in await kept(world)) == (True, True)


async def test_after_a_takeover_masking_holds_from_the_first_step_on(world: World, vault: VaultRows) -> None:
    await vault.add("key", SECRET)
    async with Target(answer(b"fine"), SILENCE, answer(SECRET.encode())) as target:
        named = call("c", target.url(), headers={"X-Key": "{{ vault.key }}"})
        run = ""
        async with world.worker() as first:
            run = await world.start(
                await world.add_workflow(*chain(call("a", target.url()), call("b", target.url()), named))
            )
            await until(lambda: len(target.requests) == 2)
            await first.die(world)
        async with world.worker():
            await world.ended(run)
    left = await kept(world)
    assert (MASK in left, SECRET in left) == (True, False)


async def test_a_rendering_error_shows_no_value(world: World, vault: VaultRows) -> None:
    await vault.add("key", SECRET)
    async with world.worker():
        message = await failure(world, call("a", "https://example.com/{{ vault.key | base64_decode }}"))
    assert "base64_decode" in message
    assert SECRET not in message


async def test_what_was_sent_for_a_step_that_names_no_item_can_be_masked_too(world: World) -> None:
    secrets = RunSecrets(vault_of(world), "org-a", frozenset(), {})
    secrets.learn_sent("a_token_of_another_kind")

    async def fail() -> Outcome:
        raise PermanentError("no: a_token_of_another_kind", {"a_token_of_another_kind": 1})

    outcome = await attempt(secrets.guard(fail()), component_id="x", timeout_seconds=5)
    assert outcome == Failure(f"no: {MASK}", {MASK: 1})


async def test_the_newest_credentials_are_remembered(world: World) -> None:
    secrets = RunSecrets(vault_of(world), "org-a", frozenset(), {})
    for number in range(SENT + 1):
        secrets.learn_sent(f"credentials-{number:03}")
    assert (secrets.text("credentials-000"), secrets.text("credentials-001")) == ("credentials-000", MASK)


async def test_what_is_sent_as_short_credentials_is_not_masked_elsewhere(world: World) -> None:
    secrets = RunSecrets(vault_of(world), "org-a", frozenset(), {})
    secrets.learn_sent("x")
    assert secrets.text("x") == "x"


async def test_the_address_of_a_form_is_masked_once_it_is_made(world: World) -> None:
    secrets = await RunSecrets.open(vault_of(world), "org-a", frozenset())
    link = LearningLinks(NotedLink(), secrets).issue()
    assert secrets.text(f"at {link.url}") == f"at https://virga.example/f/{MASK}"
