"""Trying nodes out: what a worker answers, and that nothing of it stays."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from app.node_tests import examples
from app.nodes import COMPONENTS
from app.queue.jobs import URGENT_LIST
from tests.factories.workflows import Json, node, workflow
from tests.fixtures.api import Client, json_of, serving
from tests.fixtures.target import SILENCE, Target, answer
from tests.fixtures.working import Working, working
from tests.worker.world import World, until_true

PATH = "/workflows/test-node"
SECRET = "a secret that is tried out"


@pytest.fixture
async def both(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[Working]:
    async with working(make_database, redis_url) as started:
        yield started


async def tried(api: Client, tested: Json, context: Json | None = None, **more: object) -> Json:
    return json_of(await api.post(PATH, json={"node": tested, "context": context or {}, **more}), 200)


async def test_a_node_reads_the_outputs_that_are_given(both: Working) -> None:
    tested = node("a", "text_transform", template="Hello, {{ n1.name }}!")
    assert await tried(both.api, tested, {"n1": {"name": "Ada"}}) == {
        "status": "success",
        "output": {"text": "Hello, Ada!", "result": "Hello, Ada!"},
    }


async def test_the_documented_example_is_answered_as_it_says(both: Working) -> None:
    assert json_of(await both.api.post(PATH, json=examples.TRIED), 200) == examples.RESULT


def shown_by_example(component_id: str) -> Json:
    """Return the node of a component from its example workflow, or an alias of it."""
    kind = next(kind for kind in COMPONENTS if kind.component_id == component_id)
    return node("tested", component_id, **kind.example)


async def test_a_form_says_what_it_would_ask(both: Working) -> None:
    tested = node("a", "interactive_form", title="Order {{ n1.id }}?", expires_in_seconds=60)
    result = await tried(both.api, tested, {"n1": {"id": 7}})
    asked = {"title": "Order 7?", "fields": [], "buttons": [{"id": "submit", "label": "Submit"}]}
    assert result["status"] == "success"
    assert (result["output"]["would"], result["output"]["form"]) == ("form", asked)
    assert 0 < result["output"]["seconds"] <= 60


async def test_a_form_says_whom_it_would_tell_and_tells_nobody(both: Working) -> None:
    notify = {"channel": " Ops ", "subject": "Order {{ n1.id }}", "message": "{{ form.url }} {{ form.expires_at }}"}
    result = await tried(both.api, node("a", "interactive_form", title="Asked", notify=notify), {"n1": {"id": 7}})
    told = {"channel": "Ops", "subject": "Order 7", "message": "http://127.0.0.1:8000/workflows/interactions/… "}
    assert (result["status"], result["output"]["would"], result["output"]["notify"]) == ("success", "form", told)
    assert result["output"]["form"]["title"] == "Asked"


async def test_a_notification_of_no_form_really_goes_out(both: Working) -> None:
    result = await tried(both.api, node("a", "send_notification", channel="ops", message="x"))
    assert "no channels are set up on this server" in result["error_message"]


LOCAL = {"altostrat_api", "send_email", "send_notification", "soap", "ssh", "webhook"}  # what they need is not there


@pytest.mark.parametrize("component_id", [kind.component_id for kind in COMPONENTS])
async def test_every_component_can_be_tried_with_its_example(both: Working, component_id: str) -> None:
    more: dict[str, object] = {}
    if component_id == "altostrat_api":
        more["authorization_id"] = await authorization(both)
    customer: Json = {"total": 200, "is_new": True, "email": "a@example.com", "plan": "free"}
    context: Json = {"trigger": {"context": {**customer, "due": "2026-03-04", "orders": [{"total": 250}]}}}
    result = await tried(both.api, shown_by_example(component_id), context, **more)
    assert result["status"] == ("error" if component_id in LOCAL else "success"), result


async def authorization(both: Working) -> str:
    await both.world.execute(
        "INSERT INTO authorizations (id, org_id, user_id, provider, status, scope, created_at, updated_at)"
        " VALUES ('auth_1', :org, 'u', 'p', 'active', '', now(), now()) ON CONFLICT DO NOTHING",
        org=both.api.org_id,
    )
    return "auth_1"


async def test_a_trigger_puts_out_what_it_would_begin_with(both: Working) -> None:
    result = await tried(both.api, node("t", "webhook_trigger"), {"order": 7})
    assert (result["output"]["body"], result["output"]["trigger_type"]) == ({"order": 7}, "webhook")


async def test_a_call_really_goes_out(both: Working) -> None:
    async with Target(answer(b'{"ok": true}', "Content-Type: application/json")) as target:
        result = await tried(
            both.api, node("w", "webhook", url=target.url("/x"), body={"n": "{{ n1.n }}"}), {"n1": {"n": 3}}
        )
    assert (result["status"], result["output"]["body"]) == ("success", {"ok": True})
    assert target.requests[0].endswith(b'{"n":3}')


async def test_a_node_that_fails_says_why_with_what_it_had(both: Working) -> None:
    async with Target(answer(b"no", status="503 Service Unavailable")) as target:
        result = await tried(both.api, node("w", "webhook", url=target.url()))
    assert (result["status"], result["output"]["status"]) == ("error", 503)
    assert result["error_message"] == "Webhook request failed: 503 Service Unavailable"


async def test_a_node_that_would_wait_says_for_what(both: Working) -> None:
    result = await tried(both.api, node("d", "delay", duration=1, unit="minutes"))
    assert result["output"]["would"] == "delay"
    assert 59 <= result["output"]["seconds"] <= 60


async def test_a_node_that_would_call_a_workflow_says_which_and_starts_nothing(both: Working) -> None:
    saved = await both.api.created(workflow())
    caller = node("c", "trigger_workflow", workflow_id="{{ a.id }}", payload={"name": "{{ a.name }}"})
    result = await tried(both.api, caller, {"a": {"id": saved["id"], "name": "Ada"}})
    assert (result["status"], result["output"]) == (
        "success",
        {"would": "child", "workflow_id": saved["id"], "payload": {"name": "Ada"}},
    )
    assert (await both.api.get(f"/workflows/{saved['id']}/executions")).json()["meta"]["total"] == 0


async def test_a_node_that_would_end_the_run_says_how(both: Working) -> None:
    result = await tried(both.api, node("e", "terminate", status="failed", message="No."))
    assert (result["status"], result["output"]["would"], result["output"]["message"]) == ("success", "fail", "No.")


async def test_a_node_that_would_keep_a_secret_says_under_which_name_and_keeps_none(both: Working) -> None:
    result = await tried(both.api, node("k", "wireguard_keys", store_as="wg key", preshared_key_store_as="wg psk"))
    assert (result["status"], result["output"]["would"]) == ("success", "store")
    assert result["output"]["names"] == ["wg key", "wg psk"]
    assert result["output"]["output"].keys() == {"stored_as", "public_key", "preshared_key_stored_as"}
    assert await both.world.rows("SELECT 1 FROM vault_items") == []


async def test_a_text_that_would_be_kept_is_shown_no_more_than_in_a_run(both: Working) -> None:
    tested = node("p", "string_transform", input=SECRET, operations=["trim"], store_as="door {{ a.site }}")
    result = await tried(both.api, tested, {"a": {"site": "Oslo"}})
    told = {"would": "store", "names": ["door Oslo"], "output": {"stored_as": "door Oslo"}}
    assert (result["status"], result["output"]) == ("success", told)
    assert await both.world.rows("SELECT 1 FROM vault_items") == []


async def test_the_vault_is_read_and_masked(both: Working) -> None:
    json_of(await both.api.post("/workflows/vault", json={"name": "key", "secret": SECRET}), 201)
    async with Target(answer(SECRET.encode())) as target:
        tested = node("w", "webhook", url=target.url(), auth={"type": "bearer", "token": "{{ vault.key }}"})
        result = await tried(both.api, tested)
    assert f"bearer {SECRET}" in target.head
    assert result["output"]["body"] == "••••"


async def test_a_value_that_is_given_stands_for_an_item_of_the_vault(both: Working) -> None:
    async with Target() as target:
        tested = node("w", "webhook", url=target.url(), auth={"type": "bearer", "token": "{{ vault.key }}"})
        await tried(both.api, tested, {"vault": {"key": "made up"}})
    assert "bearer made up" in target.head


async def test_an_item_that_is_not_there_fails_the_node(both: Working) -> None:
    result = await tried(both.api, node("w", "webhook", url="https://example.com/{{ vault.none }}"))
    assert (result["status"], result["error_message"]) == ("error", 'There is no vault item named "none".')


async def test_nothing_of_it_stays(both: Working) -> None:
    await tried(both.api, node("a", "text_transform", template="x"))
    for table in ("node_tests", "runs", "run_logs"):
        assert (await both.world.rows(f"SELECT count(*) FROM {table}"))[0][0] == 0  # noqa: S608 -- names of ours


async def test_many_at_once_get_their_own_answers(both: Working) -> None:
    tested = node("a", "text_transform", template="{{ n1.n }}")
    results = await asyncio.gather(*(tried(both.api, tested, {"n1": {"n": n}}) for n in range(50)))
    assert [result["output"]["text"] for result in results] == [str(n) for n in range(50)]


async def test_with_redis_forgetting_everything_the_answer_comes_all_the_same(
    make_database: Callable[[], str], redis_url: str
) -> None:
    url = make_database()
    async with serving(url, redis_url) as app, Client(app) as api:
        trying = asyncio.create_task(tried(api, node("a", "text_transform", template="x")))
        await until_true(lambda: app.state.resources.redis.delete(URGENT_LIST))
        world = World(url, redis_url, vault=app.state.resources.settings.vault)
        async with world.worker():
            assert (await trying)["output"]["text"] == "x"
        await world.close()


async def test_a_worker_that_is_stopped_says_so(make_database: Callable[[], str], redis_url: str) -> None:
    url = make_database()
    async with serving(url, redis_url) as app, Client(app) as api, Target(SILENCE) as target:
        world = World(url, redis_url, vault=app.state.resources.settings.vault)
        async with world.worker() as worker:
            trying = asyncio.create_task(tried(api, node("w", "webhook", url=target.url())))
            await target.asked.wait()
            worker.stop.set()
            result = await trying
        await world.close()
    assert (result["status"], "stopped" in result["error_message"]) == ("error", True)
