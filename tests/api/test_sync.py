"""Calls that wait for their run's answer."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from app.core.config import LimitSettings
from app.queue.jobs import URGENT_LIST
from tests.factories.workflows import Json, edge, node, workflow
from tests.fixtures.api import Client, json_of, serving
from tests.fixtures.target import SILENCE, Target
from tests.fixtures.working import Working, working
from tests.worker.world import World, until_true


def asked(*nodes: Json, **fields: object) -> Json:
    """Return a synchronous workflow whose nodes hang on its trigger one after the other."""
    ids = ["t", *(str(one["id"]) for one in nodes)]
    edges = [edge(*pair) for pair in itertools.pairwise(ids)]
    return workflow(node("t", "sync_request_trigger"), *nodes, edges=edges, **fields)


def says(template: str, node_id: str = "a", **settings: object) -> Json:
    return node(node_id, "text_transform", template=template, **settings)


@pytest.fixture
async def working_api(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[Working]:
    async with working(make_database, redis_url) as both:
        yield both


async def answer_to(api: Client, body: Json, payload: object = None) -> httpx.Response:
    saved = await api.created(body)
    return await api.post(f"/workflows/sync/{saved['id']}", json=payload or {})


async def test_the_answer_is_what_the_last_node_says(working_api: Working) -> None:
    answer = await answer_to(working_api.api, asked(says("{{ t.payload.name }}!")), {"name": "Ada"})
    assert (answer.status_code, answer.text) == (200, "Ada!")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


async def test_a_text_that_is_json_is_answered_as_json(working_api: Working) -> None:
    answer = await answer_to(working_api.api, asked(says('{"n": {{ t.payload.n }}}')), {"n": 3})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"n": 3}


async def test_status_and_content_type_are_the_responding_nodes(working_api: Working) -> None:
    csv = says("a,b\n", "csv", is_response=True, status_code=418, content_type="text/csv; charset=utf-8")
    answer = await answer_to(working_api.api, asked(csv, says("not me", "later")))
    assert (answer.status_code, answer.headers["content-type"], answer.text) == (
        418,
        "text/csv; charset=utf-8",
        "a,b\n",
    )


async def test_a_status_without_a_body_has_none(working_api: Working) -> None:
    answer = await answer_to(working_api.api, asked(says("x", status_code=204)))
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_node_that_is_no_text_answers_its_output(working_api: Working) -> None:
    mapper = node("m", "data_mapper", mappings=[{"key": "total", "value": "{{ t.payload.n }}"}])
    answer = await answer_to(working_api.api, asked(mapper), {"n": 2})
    assert answer.json() == {"total": 2}


async def test_terminate_answers_its_output(working_api: Working) -> None:
    end = node("end", "terminate", output={"done": True})
    assert (await answer_to(working_api.api, asked(end))).json() == {"done": True}


async def test_the_answer_names_its_run(working_api: Working) -> None:
    answer = await answer_to(working_api.api, asked(says("x")), {"a": [1]})
    run = json_of(await working_api.api.get(f"/workflows/runs/{answer.headers['x-run-id']}"), 200)
    assert (run["status"], run["trigger_type"], run["trigger_payload"]) == (
        "completed",
        "sync",
        {"payload": {"a": [1]}},
    )


async def test_no_body_counts_as_an_empty_object(working_api: Working) -> None:
    saved = await working_api.api.created(asked(says("{{ t.payload }}")))
    answer = await working_api.api.post(f"/workflows/sync/{saved['id']}")
    assert answer.json() == {}


async def test_a_run_that_fails_is_answered_with_502_and_its_name(working_api: Working) -> None:
    end = node("end", "terminate", status="failed", message="No such item.")
    error = json_of(await answer_to(working_api.api, asked(end)), 502)
    assert (error["type"], error["code"]) == ("workflow_error", "workflow_failed")
    run = json_of(await working_api.api.get(f"/workflows/runs/{error['run_id']}"), 200)
    assert run["error_message"] == "No such item."
    assert "No such item." in error["message"]


async def test_a_failed_step_whose_failure_is_handled_is_answered(working_api: Working) -> None:
    broken = node("w", "webhook", url="https://127.0.0.2:1/", continue_on_error=True)
    answer = await answer_to(working_api.api, asked(broken))
    assert set(answer.json()) == {"error"}


async def test_a_hundred_callers_at_once_get_their_own_answers(working_api: Working) -> None:
    saved = await working_api.api.created(asked(says("{{ t.payload.n }}")))
    path = f"/workflows/sync/{saved['id']}"
    answers = await asyncio.gather(*(working_api.api.post(path, json={"n": n}) for n in range(100)))
    assert [answer.text for answer in answers] == [str(n) for n in range(100)]


async def test_a_backlog_of_other_runs_does_not_keep_a_caller_waiting(working_api: Working) -> None:
    """All ordinary slots are taken by runs that hang; the reserve is not."""
    api, world = working_api.api, working_api.world
    async with Target(SILENCE) as target:
        hanging = await world.add_workflow(
            [node("t", "manual_trigger"), node("w", "webhook", url=target.url())], [edge("t", "w")]
        )
        for org in ("org-1", "org-2", "org-3"):
            for _ in range(90):
                await world.start(hanging, org=org)
        engine = working_api.worker.parts.engine
        await until_true(lambda: _is(engine.free_slots == 0))
        answer = await answer_to(api, asked(says("x")))
        assert answer.text == "x"
        assert len(engine.held_ids) >= 180
        await world.execute("UPDATE runs SET cancel_requested_at = created_at WHERE workflow_id = :id", id=hanging)
        working_api.worker.parts.presence._beat.beat_now()  # type: ignore[union-attr] # it beats while the worker runs
        await until_true(lambda: _is(len(engine.held_ids) < 10))


async def _is(fact: bool) -> bool:  # noqa: FBT001 -- a fact
    return fact


@pytest.fixture
async def api(postgres_url: str, redis_url: str) -> AsyncIterator[Client]:
    """Return an API beside which no worker runs, and which waits for a moment only."""
    limits = LimitSettings(sync_seconds=0.2)
    async with serving(postgres_url, redis_url, limits=limits) as app, Client(app) as client:
        yield client


async def test_a_run_that_takes_too_long_is_named_and_goes_on(api: Client) -> None:
    error = json_of(await answer_to(api, asked(says("x"))), 504)
    assert (error["type"], error["code"]) == ("workflow_error", "sync_timeout")
    run = json_of(await api.get(f"/workflows/runs/{error['run_id']}"), 200)
    assert run["status"] == "pending"


async def test_other_triggers_are_not_called(api: Client) -> None:
    assert json_of(await answer_to(api, workflow()), 409)["code"] == "wrong_trigger"


async def test_a_synchronous_workflow_is_not_executed(api: Client) -> None:
    saved = await api.created(asked(says("x")))
    assert json_of(await api.post(f"/workflows/{saved['id']}/execute"), 409)["code"] == "wrong_trigger"


async def test_an_inactive_workflow_is_not_called(api: Client) -> None:
    assert json_of(await answer_to(api, asked(says("x"), is_active=False)), 409)["code"] == "workflow_inactive"


async def test_an_unknown_workflow_is_not_found(api: Client) -> None:
    answer = await api.post("/workflows/sync/fl_none", json={})
    assert json_of(answer, 404)["code"] == "workflow_not_found"


async def test_a_workflow_of_somebody_else_is_not_found(api: Client) -> None:
    saved = await api.created(asked(says("x")))
    answer = await api.other().post(f"/workflows/sync/{saved['id']}", json={})
    assert json_of(answer, 404)["code"] == "workflow_not_found"


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"1", b"null "])
async def test_a_payload_is_an_object(api: Client, body: bytes) -> None:
    saved = await api.created(asked(says("x")))
    answer = await api.post(
        f"/workflows/sync/{saved['id']}", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == (504 if body == b"null " else 422)


async def test_a_payload_must_fit_the_input_schema_of_the_trigger(api: Client) -> None:
    schema = {"required": ["items"], "properties": {"n": {"type": "integer"}}}
    trigger = node("t", "sync_request_trigger", input_schema=schema)
    saved = await api.created(workflow(trigger, says("x"), edges=[edge("t", "a")]))
    error = json_of(await api.post(f"/workflows/sync/{saved['id']}", json={"n": "x"}), 422)
    assert error["code"] == "parameter_invalid"
    assert {fault["path"]: fault["message"] for fault in error["errors"]} == {
        "": '"items" is a required property',
        "n": '"x" is not of type "integer"',
    }
    assert json_of(await api.get(f"/workflows/{saved['id']}/executions"), 200)["data"] == []


async def test_a_caller_who_leaves_is_not_waited_for_and_the_run_goes_on(
    make_database: Callable[[], str], redis_url: str
) -> None:
    async with serving(make_database(), redis_url) as app, Client(app) as api:
        saved = await api.created(asked(says("x")))
        left = asyncio.Event()
        messages = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

        async def receive() -> Json:
            message = next(messages, None)
            if message is not None:
                return message
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(_: object) -> None:
            raise AssertionError("nobody is there to be answered")

        headers = [(b"authorization", api.headers["authorization"].encode())]
        path = f"/workflows/sync/{saved['id']}"
        scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
        more = {"headers": headers, "http_version": "1.1", "scheme": "http", "server": ("api", 80), "root_path": ""}
        calling = asyncio.create_task(app({**scope, **more}, receive, send))

        async def is_started() -> bool:
            return bool((await api.get(f"/workflows/{saved['id']}/executions")).json()["data"])

        await until_true(is_started)
        left.set()
        await calling
        assert app.state.resources.hub._listeners == {}
        page = json_of(await api.get(f"/workflows/{saved['id']}/executions"), 200)
        assert [run["status"] for run in page["data"]] == ["pending"]


async def test_with_redis_forgetting_everything_the_answer_comes_all_the_same(
    make_database: Callable[[], str], redis_url: str
) -> None:
    url = make_database()
    async with serving(url, redis_url) as app, Client(app) as api:
        saved = await api.created(asked(says("x")))
        calling = asyncio.create_task(api.post(f"/workflows/sync/{saved['id']}", json={}))
        redis = app.state.resources.redis
        await until_true(lambda: redis.delete(URGENT_LIST))
        world = World(url, redis_url)
        async with world.worker():
            answer = await calling
        await world.close()
    assert answer.text == "x"
