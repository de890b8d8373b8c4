"""Forms whose address is sent by a channel: it opens the form that waits, it is sent once, and nothing keeps it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from app.core.config import ChannelSettings, VaultSettings
from app.core.crypto import new_master_key
from app.core.json import loads
from app.graph.redaction import MASK
from tests.fixtures.api import PUBLIC_URL, Client, serving
from tests.worker.chat import Chat
from tests.worker.looped import loop
from tests.worker.office import IS_OPEN, IS_PARKED, Office, beside_a_call, form, until_called
from tests.worker.telling import kept
from tests.worker.test_form_races import hears_nothing
from tests.worker.world import VAULT_KEYS, World, chain, edge, node, text, until

NEW_KEYS = f"{new_master_key('k2')},{VAULT_KEYS}"
NOTIFY = {"channel": "ops", "subject": "Well?", "message": "Please: {{ form.url }}"}


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    async with Chat() as target:
        yield target


@pytest.fixture
async def told(own_database: str, redis_url: str, chat: Chat) -> AsyncIterator[Office]:
    """Return an office whose workers know a channel."""
    ops = ChannelSettings(type="webhook", url=SecretStr(chat.url("/chat")))
    world = World(own_database, redis_url, channels={"ops": ops}, public_url=PUBLIC_URL)
    await world.flush_redis()
    async with _api(world, VAULT_KEYS) as api:
        yield Office(api, world)
    await world.close()


@asynccontextmanager
async def _api(world: World, keys: str) -> AsyncIterator[Client]:
    settings = world.settings
    urls = settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()
    async with serving(*urls, vault=VaultSettings(keys=SecretStr(keys))) as app, Client(app) as api:
        yield api


@asynccontextmanager
async def rotated(office: Office) -> AsyncIterator[Client]:
    """Let workers that start from now on have a new key first, and return a client of an API that has it too."""
    keys = VaultSettings(keys=SecretStr(NEW_KEYS))
    office.world.settings = office.world.settings.model_copy(update={"vault": keys})
    async with _api(office.world, NEW_KEYS) as api:
        yield api


async def started(office: Office, retry: object = None) -> str:
    """Start a form `f` that tells of itself, behind which `yes` stands, and `failed` where it fails."""
    nodes, edges = chain(form(notify=NOTIFY, retry=retry))
    edges += [edge("f", "yes", "yes"), edge("f", "failed", "error")]
    return await office.started([*nodes, text("yes", "yes"), text("failed", "{{ f.error.message }}")], edges)


def token(url: str) -> str:
    return url.rpartition("/")[2]


async def test_the_address_that_is_sent_opens_the_form_and_is_sent_once(told: Office, chat: Chat) -> None:
    async with told.world.worker():
        run = await started(told)
        await told.world.holds(IS_PARKED, id=run)
        [url] = chat.links
        assert await told.urls(run) == {"f": url}
        assert await told.answer(url) == 200
        [row] = await told.world.ended(run)
    assert (row.status, await told.world.steps(run)) == (
        "completed",
        [("t", "success"), ("f", "success"), ("yes", "success")],
    )
    assert len(chat.told) == 1
    assert f"idempotency-key: {run}::f" in chat.head


async def test_all_that_led_to_the_form_is_recorded_before_it_is_told_of(told: Office, chat: Chat) -> None:
    chat.gate.clear()
    async with told.world.worker():
        run = await told.started(*chain(text("before", "x"), form(notify=NOTIFY)))
        await until(lambda: len(chat.told) == 1)
        assert await told.world.steps(run) == [("t", "success"), ("before", "success")]
        chat.gate.set()
        await told.world.holds(IS_PARKED, id=run)


async def dead_behind_the_sending(told: Office, chat: Chat) -> str:
    """Return a run whose worker has died after it told of the form, and before the form waited."""
    chat.gate.clear()
    async with told.world.worker() as worker:
        run = await started(told)
        await until(lambda: len(chat.told) == 1)
        await worker.die(told.world)
    chat.gate.set()
    return run


async def test_after_a_death_behind_the_sending_the_same_address_is_sent_again(told: Office, chat: Chat) -> None:
    run = await dead_behind_the_sending(told, chat)
    async with told.world.worker():
        await told.world.holds(IS_PARKED, id=run)
        first, again = chat.links
        assert await told.answer(first) == 200
        await told.world.ended(run)
    assert first == again


async def test_a_form_that_is_open_is_not_told_of_again_after_a_takeover(told: Office, chat: Chat) -> None:
    async with told.world.worker() as worker:
        await _open_beside_a_call(told, chat)
        await worker.die(told.world)
    async with told.world.worker():
        await until_called(chat, "/slow", 2)
        [url] = chat.links
        assert await told.answer(url) == 200
        await until_called(chat, "/yes")
    assert len(chat.told) == 1


async def test_a_form_that_was_answered_is_not_told_of_again_after_a_takeover(told: Office, chat: Chat) -> None:
    async with told.world.worker() as worker:
        hears_nothing(worker)
        await _open_beside_a_call(told, chat)
        [url] = chat.links
        assert await told.answer(url) == 200
        await worker.die(told.world)
    async with told.world.worker():
        await until_called(chat, "/yes")
    assert len(chat.told) == 1


async def _open_beside_a_call(office: Office, chat: Chat) -> None:
    """Let a form open in a run that a worker holds, as the call beside it is never answered."""
    nodes, edges = beside_a_call(chat)
    nodes[2] = form(expires_in_seconds=600, notify=NOTIFY)
    run = await office.started(nodes, edges)
    await office.world.holds(IS_OPEN, id=run)


async def test_a_sending_that_fails_is_tried_again_with_the_same_address(told: Office, chat: Chat) -> None:
    chat.refusals = 1
    async with told.world.worker():
        run = await started(told, retry={"max_attempts": 2, "delay_seconds": 0})
        await told.world.holds(IS_PARKED, id=run)
        first, again = chat.links
        assert first == again
        assert await told.answer(first) == 200
        await told.world.ended(run)
    assert await told.world.steps(run) == [("t", "success"), ("f", "warning"), ("f", "success"), ("yes", "success")]
    assert token(first)[:8] not in await kept(told.world)


async def test_a_channel_that_says_the_address_back_does_not_bring_it_into_the_logs(told: Office, chat: Chat) -> None:
    chat.refusals, chat.status = 1, "403 Forbidden"
    async with told.world.worker():
        run = await started(told)
        [row] = await told.world.ended(run)
    [url], logs = chat.links, await told.world.logs(run)
    said = logs[-1].output["text"]
    assert (row.status, logs[-1].node_id) == ("completed", "failed")
    assert said.startswith("The notification was not delivered: the webhook answered 403 Forbidden")
    assert MASK in said
    assert token(url)[:8] not in await kept(told.world)
    assert await told.answer(url) == 410


async def test_an_address_that_was_sent_outlives_the_rotation_of_its_key(told: Office, chat: Chat) -> None:
    async with told.world.worker():
        run = await started(told)
        await told.world.holds(IS_PARKED, id=run)
    async with rotated(told) as api, told.world.worker():
        assert await Office(api, told.world).answer(chat.links[0]) == 200
        await told.world.ended(run)
    assert len(chat.told) == 1


async def test_a_form_waits_with_the_key_by_which_it_was_told_of(told: Office, chat: Chat) -> None:
    chat.gate.clear()
    async with rotated(told) as api, told.world.worker() as worker:
        run = await started(told)
        await until(lambda: len(chat.told) == 1)
        worker.parts.engine._tools.form_tokens.keyring._primary = "k1"
        chat.gate.set()
        await told.world.holds(IS_PARKED, id=run)
        [row] = await told.world.waits(run)
        assert row.token_key_id == "k2"
        assert await Office(api, told.world).answer(chat.links[0]) == 200


async def test_after_a_death_and_a_rotation_the_address_that_is_sent_again_opens_the_form(
    told: Office, chat: Chat
) -> None:
    run = await dead_behind_the_sending(told, chat)
    async with rotated(told) as api, told.world.worker():
        await told.world.holds(IS_PARKED, id=run)
        first, again = chat.links
        office = Office(api, told.world)
        assert (await office.answer(first), await office.answer(again)) == (410, 200)
        await told.world.ended(run)


async def test_each_item_of_an_iterator_tells_of_its_own_form(told: Office, chat: Chat) -> None:
    asked = form(notify={**NOTIFY, "message": "{{ item }} {{ form.url }}"}, fields=[{"name": "n"}])
    nodes, edges = loop(["a", "b"], asked, back=False, mode="parallel")
    nodes.append(node("said", "data_mapper", mappings=[{"key": "said", "value": "{{ item }}{{ f.values.n }}"}]))
    edges += [edge("f", "said", "yes"), edge("said", "loop")]
    async with told.world.worker():
        run = await told.started(nodes, edges)
        await told.world.holds(IS_PARKED, id=run)
        urls = dict(zip(map(_item_of, chat.told), chat.links, strict=True))
        assert sorted(urls) == ["a", "b"]
        for item, url in urls.items():
            assert await told.answer(url, n=item.upper()) == 200
        await told.world.ended(run)
    outputs = [log.output for log in await told.world.logs(run) if log.node_id == "said"]
    assert sorted(output["said"] for output in outputs) == ["aA", "bB"]


def _item_of(request: bytes) -> str:
    body = loads(request.partition(b"\r\n\r\n")[2])
    assert isinstance(body, dict)
    return str(body["text"]).rpartition("\n")[2].split()[0]
