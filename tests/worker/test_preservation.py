"""A value that passes through a run arrives as it came: its kind, digits, characters and the order of its keys."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.fixtures.api import Client, json_of
from tests.fixtures.target import Target, answer
from tests.fixtures.working import Working, working
from tests.worker.any_values import KNOWN, lists
from tests.worker.calling import called, calling
from tests.worker.looped import loop, pick
from tests.worker.world import World, call, chain, edge, node, text, until

EXAMPLES = 6  # runs, of some forty values each
many = settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def written(value: object) -> str:
    """Return what is the same only of values that nobody can tell apart: 1 and 1.0 differ, and so do orders of keys."""
    return json.dumps(value)


class Mirror(Target):
    """Answers the JSON that it was sent, as it came."""

    def reply(self, request: bytes) -> bytes:
        """See `Target.reply`."""
        return answer(request.partition(b"\r\n\r\n")[2], "Content-Type: application/json")

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in self.requests]


@dataclass
class Passage:
    """An API with a worker, and a mirror that the runs call."""

    api: Client
    world: World
    mirror: Mirror
    saved: dict[str, str] = field(default_factory=dict)

    async def workflow(self, nodes: list[dict[str, object]], edges: list[dict[str, object]]) -> str:
        """Save a workflow, once however often it is asked for, and return its id."""
        key = written([nodes, edges])
        if key not in self.saved:
            self.saved[key] = str((await self.api.created({"name": "Test", "nodes": nodes, "edges": edges}))["id"])
        return self.saved[key]

    async def ran(self, workflow: str, given: object) -> dict[str, list[Any]]:
        """Run a workflow on `given`, and return what the API shows that each node put out, in the items' order."""
        self.mirror.requests.clear()
        started = await self.api.started(workflow, given=given)
        await self.world.ended(started["id"])
        run = json_of(await self.api.get(f"/workflows/runs/{started['id']}"), 200)
        assert run["status"] == "completed", run["error_message"]
        outputs: dict[str, list[Any]] = {}
        for log in run["logs"]:
            outputs.setdefault(log["node_id"], []).append(log["output"])
        return outputs


@pytest.fixture
async def passage(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[Passage]:
    both: Working
    async with working(make_database, redis_url) as both, Mirror() as mirror:
        yield Passage(both.api, both.world, mirror)


def through_all(url: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return a loop in which each item goes through a mapper and a condition into calls, and comes back out of them."""
    mapper = node(
        "mapped",
        "data_mapper",
        source={"kept": "{{ item }}"},
        mappings=[
            {"key": "value", "value": "{{ item }}"},
            {"key": "deep.er[]", "value": ["{{ item }}", {"in": "{{ item }}"}]},
            {"key": "instead", "value": "{{ trigger.context.nothing }}", "default": "{{ item }}"},
        ],
    )
    passed = node("passed", "array_condition", input=["{{ mapped.value }}"], operator="length_equals", value=1)
    leaf = call("leaf", url, body={"value": "{{ passed.input[0] }}", "all": "{{ mapped }}"})
    in_text = '{"value": {{ mapped.value | json }}, "bare": {{ item }}, "quoted": "{{ item }}"}'
    back = pick("back", value="{{ leaf.body.value }}", text="{{ text.body.value }}", raw="{{ raw.body[0] }}")
    nodes, edges = loop(
        "{{ trigger.context.given }}",
        *(
            mapper,
            passed,
            leaf,
            call("text", url, body=in_text),
            call("raw", url, body="{{ passed.input | json }}"),
            back,
        ),
        after=[pick("end", items="{{ loop.items }}")],
    )
    return nodes, [one | ({"sourceHandle": "true"} if one["source"] == "passed" else {}) for one in edges]


@many
@example(KNOWN)
@given(given_list=lists)
async def test_what_goes_through_mapper_condition_iterator_and_calls_arrives_as_it_came(
    passage: Passage, given_list: list[Any]
) -> None:
    outputs = await passage.ran(await passage.workflow(*through_all(passage.mirror.url())), given_list)
    expected = list(map(written, given_list))
    sent = passage.mirror.bodies
    assert [written(body["value"]) for body in sent[0::3]] == expected
    assert [written(body["value"]) for body in sent[1::3]] == expected
    assert [written(body["bare"]) for body in sent[1::3]] == expected
    assert [written(body) for body in sent[2::3]] == [f"[{value}]" for value in expected]
    texts = [(body["quoted"], value) for body, value in zip(sent[1::3], given_list, strict=True)]
    assert all(quoted == value for quoted, value in texts if isinstance(value, str))
    mapped = [
        {"kept": value, "value": value, "deep": {"er": [[value, {"in": value}]]}, "instead": value}
        for value in given_list
    ]
    assert list(map(written, outputs["mapped"])) == list(map(written, mapped))
    assert [written(body["all"]) for body in sent[0::3]] == list(map(written, mapped))
    assert [written(output["input"]) for output in outputs["passed"]] == [f"[{value}]" for value in expected]
    for key in ("value", "text", "raw"):
        assert [written(output[key]) for output in outputs["back"]] == expected
    assert [written(item["value"]) for item in outputs["end"][0]["items"]] == expected
    assert written(outputs["t"][0]["context"]["given"]) == written(given_list)


@many
@example(KNOWN)
@given(given_list=lists)
async def test_what_is_filtered_and_parsed_stays_as_it_came(passage: Passage, given_list: list[Any]) -> None:
    array, rule = "{{ trigger.context.given }}", {"type": "array", "input": ["{{ item }}"], "operator": "length_equals"}
    nodes: list[dict[str, object]] = [
        node("t", "manual_trigger"),
        node("kept", "array_filter", array=array, rules=rule | {"value": 1}),
        node("parsed", "json_parser", input="{{ trigger.context.given | json }}", paths={"same": "$", "each": "$[*]"}),
        text("said", "{{ trigger.context.given | json }}"),
    ]
    edges = [edge("t", "kept"), edge("kept", "parsed"), edge("parsed", "said")]
    outputs = await passage.ran(await passage.workflow(nodes, edges), given_list)
    expected = written(given_list)
    assert written(outputs["kept"][0]["items"]) == expected
    assert [written(outputs["parsed"][0][key]) for key in ("value", "same", "each")] == [expected] * 3
    assert written(outputs["said"][0]["result"]) == expected
    assert written(json.loads(outputs["said"][0]["text"])) == expected


@many
@example(KNOWN)
@given(given_list=lists)
async def test_what_is_handed_to_another_workflow_comes_back_as_it_was(passage: Passage, given_list: list[Any]) -> None:
    callee = await passage.workflow(*called(pick("same", given="{{ t.payload.given }}")))
    nodes = [node("t", "manual_trigger"), calling("c", callee, payload={"given": "{{ trigger.context.given }}"})]
    outputs = await passage.ran(await passage.workflow(nodes, [edge("t", "c")]), given_list)
    assert written(outputs["c"][0]["output"]["given"]) == written(given_list)


@many
@example(KNOWN)
@given(given_list=lists)
async def test_what_is_asked_synchronously_is_answered_as_it_came(passage: Passage, given_list: list[Any]) -> None:
    answers = [
        pick("object", given="{{ t.payload.given }}"),
        text("text", '{"given": {{ t.payload.given }}}', is_response=True),
        text("filtered", '{"given": {{ t.payload.given | json }}}', is_response=True),
    ]
    for one in answers:
        nodes = [node("t", "sync_request_trigger"), one]
        workflow = await passage.workflow(nodes, [edge("t", str(one["id"]))])
        got = await passage.api.post(f"/workflows/sync/{workflow}", content=written({"given": given_list}))
        assert written(got.json()) == written({"given": given_list}), one["id"]


@many
@example(KNOWN)
@given(given_list=lists)
async def test_what_a_webhook_is_sent_is_read_as_it_came(passage: Passage, given_list: list[Any]) -> None:
    nodes = [node("t", "webhook_trigger"), pick("same", given="{{ t.webhook_payload.given }}", body="{{ t.body }}")]
    saved = await passage.workflow(nodes, [edge("t", "same")])
    url = json_of(await passage.api.get(f"/workflows/{saved}"), 200)["webhook_url"]
    path = str(url).partition("virga.example")[2]
    accepted = json_of(await passage.api.post(path, content=written({"given": given_list})), 202)
    await passage.world.ended(accepted["id"])
    [_, log] = await passage.world.logs(accepted["id"])
    assert written(log.output) == written({"given": given_list, "body": {"given": given_list}})


async def test_what_another_worker_reads_in_the_journal_is_as_it_came(world: World) -> None:
    async with Mirror() as mirror:
        drawn = chain(pick("m", given="{{ t.given }}"), call("hook", mirror.url(), body="{{ m }}"))
        workflow = await world.add_workflow(*drawn)
        mirror.gate.clear()
        async with world.worker() as first:
            run = await world.start(workflow, context={"given": KNOWN})
            await until(lambda: bool(mirror.requests))
            await first.die(world)
        mirror.gate.set()
        async with world.worker():
            await world.ended(run)
    assert [written(body) for body in mirror.bodies] == [written({"given": KNOWN})] * 2
