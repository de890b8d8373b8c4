"""Iterators: the body runs once an item, and the run goes on with what came of all of them."""

from itertools import pairwise
from typing import Any

import pytest

from app.core.config import LimitSettings
from tests.fixtures.target import Target, answer
from tests.worker.looped import loop, of, pick, ran
from tests.worker.world import World, call, edge, node, text, until


async def test_the_body_runs_once_an_item_in_order(world: World) -> None:
    drawn = loop("{{ trigger.context.names }}", text("hello", "{{ index }}: {{ item }}"))
    row, logs = await ran(world, drawn, context={"names": ["Ada", "Bo", "Cy"]})
    assert row.status == "completed"
    assert [(log.node_id, log.path) for log in logs] == [
        ("t", ""),
        ("hello", "loop.0"),
        ("hello", "loop.1"),
        ("hello", "loop.2"),
        ("loop", ""),
    ]
    assert [output["text"] for output in of(logs, "hello")] == ["0: Ada", "1: Bo", "2: Cy"]


async def test_behind_done_the_results_of_all_items_are_read(world: World) -> None:
    drawn = loop([1, 2], pick("twice", n="{{ item | times: 2 }}"), after=[pick("after", all="{{ loop.items }}")])
    _, logs = await ran(world, drawn)
    assert of(logs, "after") == [{"all": [{"n": 2}, {"n": 4}]}]
    assert of(logs, "loop") == [{"count": 2, "items": [{"n": 2}, {"n": 4}], "errors": []}]


@pytest.mark.parametrize("items", [0, 1])
async def test_no_items_and_one_are_a_list_too(world: World, items: int) -> None:
    drawn = loop([{"a": [1.5]}] * items, pick("same", item="{{ item }}"), after=[pick("after", all="{{ loop.items }}")])
    row, logs = await ran(world, drawn)
    assert row.status == "completed"
    assert of(logs, "after") == [{"all": [{"item": {"a": [1.5]}}] * items}]


async def test_the_log_shows_the_first_twenty_and_templates_read_all(world: World) -> None:
    drawn = loop(
        list(range(50)),
        pick("same", n="{{ item }}"),
        after=[pick("after", count="{{ loop.count }}", last="{{ loop.items[49].n }}", size="{{ loop.items | size }}")],
    )
    _, logs = await ran(world, drawn)
    [shown] = of(logs, "loop")
    assert shown == {"count": 50, "items": [{"n": number} for number in range(20)], "errors": []}
    assert of(logs, "after") == [{"count": 50, "last": 49, "size": 50}]


async def test_more_items_than_fit_into_memory_are_refused_where_they_are_read(world: World) -> None:
    drawn = loop(list(range(40)), text("big", "x" * 2000), after=[pick("after", all="{{ loop.items }}")])
    row, _ = await ran(world, drawn, limits=LimitSettings(held_bytes=100_000))
    assert row.status == "failed"
    assert row.error_message.startswith("The items of loop come to ")


async def test_steps_whose_items_do_not_fit_into_memory_together_take_turns(world: World) -> None:
    async with Target() as target:
        target.gate.clear()
        calls = [call(name, target.url(), body={"all": "{{ loop.items }}"}) for name in ("one", "other")]
        nodes, edges = loop(list(range(20)), text("big", "x" * 2000))
        drawn = [*nodes, *calls], [*edges, edge("loop", "one", "done"), edge("loop", "other", "done")]
        workflow = await world.add_workflow(*drawn)
        async with world.worker(limits=LimitSettings(held_bytes=100_000)):
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 1)
            await world.looked_twice()
            assert len(target.requests) == 1
            target.gate.set()
            [row] = await world.ended(run)
    assert (row.status, len(target.requests)) == ("completed", 2)


async def test_items_that_nobody_reads_do_not_fill_the_memory(world: World) -> None:
    drawn = loop(list(range(40)), text("big", "x" * 2000), after=[pick("after", count="{{ loop.count }}")])
    row, logs = await ran(world, drawn, limits=LimitSettings(held_bytes=100_000))
    assert (row.status, of(logs, "after")) == ("completed", [{"count": 40}])


@pytest.mark.parametrize(("mode", "at_once"), [({}, 1), ({"mode": "parallel", "concurrency": 3}, 3)])
async def test_as_many_items_run_at_a_time_as_the_mode_says(world: World, mode: dict[str, Any], at_once: int) -> None:
    async with Target() as target:
        target.gate.clear()
        workflow = await world.add_workflow(*loop(list(range(7)), call("hook", target.url()), **mode))
        async with world.worker():
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == at_once)
            await world.looked_twice()
            assert len(target.requests) == at_once
            target.gate.set()
            [row] = await world.ended(run)
    assert (row.status, len(target.requests)) == ("completed", 7)


async def test_an_item_that_fails_stops_the_iterator(world: World) -> None:
    drawn = loop(["1", "x", "3"], node("number", "number_condition", input="{{ item }}", operator="is_integer"))
    row, logs = await ran(world, drawn)
    assert row.error_message == 'Item 1 failed: "input" must be a number; it is the text "x".'
    assert len(of(logs, "number")) == 2
    [output] = of(logs, "loop")
    assert output["errors"] == [{"index": 1, "message": '"input" must be a number; it is the text "x".'}]


async def test_an_iterator_that_stopped_takes_its_error_edge(world: World) -> None:
    nodes, edges = loop(["x"], node("number", "number_condition", input="{{ item }}", operator="is_integer"))
    nodes.append(pick("rescue", why="{{ loop.error.message }}"))
    edges.append(edge("loop", "rescue", "error"))
    row, logs = await ran(world, (nodes, edges))
    assert row.status == "completed"
    assert of(logs, "rescue") == [{"why": 'Item 0 failed: "input" must be a number; it is the text "x".'}]


async def test_an_iterator_may_go_on_as_after_a_success(world: World) -> None:
    condition = node("number", "number_condition", input="{{ item }}", operator="is_integer")
    drawn = loop(["x"], condition, after=[pick("after", count="{{ loop.count }}")], continue_on_error=True)
    row, logs = await ran(world, drawn)
    assert (row.status, of(logs, "after")) == ("completed", [{"count": 1}])


async def test_failed_items_are_listed_and_the_others_go_on(world: World) -> None:
    condition = node("number", "number_condition", input="{{ item }}", operator="is_integer")
    drawn = loop(
        ["1", "x", "3"], condition, on_item_error="continue", after=[pick("after", errors="{{ loop.errors }}")]
    )
    row, logs = await ran(world, drawn)
    message = '"input" must be a number; it is the text "x".'
    assert (row.status, of(logs, "after")) == ("completed", [{"errors": [{"index": 1, "message": message}]}])
    [output] = of(logs, "loop")
    assert [item and item["result"] for item in output["items"]] == [True, None, True]


async def test_a_failure_that_the_body_handles_is_no_failed_item(world: World) -> None:
    nodes, edges = loop(
        ["x"], node("number", "number_condition", input="{{ item }}", operator="is_integer"), back=False
    )
    edges.append(edge("number", "loop", "error"))
    row, logs = await ran(world, (nodes, edges))
    assert (row.status, of(logs, "loop")[0]["errors"]) == ("completed", [])


async def test_branches_of_a_body_join_within_the_item(world: World) -> None:
    nodes = [
        *(node("t", "manual_trigger"), node("loop", "iterator", array=[1, 5])),
        node("large", "number_condition", input="{{ item }}", operator="greater_than", value=3),
        *(pick("yes", size="large"), pick("no", size="small"), pick("end", of="{{ item }}", yes="{{ yes.size }}")),
    ]
    edges = [
        *(edge("t", "loop"), edge("loop", "large", "item"), edge("large", "yes", "true"), edge("large", "no", "false")),
        *(edge("yes", "end"), edge("no", "end"), edge("end", "loop")),
    ]
    row, logs = await ran(world, (nodes, edges))
    assert row.status == "completed"
    assert of(logs, "end") == [{"of": 1, "yes": None}, {"of": 5, "yes": "large"}]


async def test_iterators_stand_in_iterators(world: World) -> None:
    nodes = [
        node("t", "manual_trigger"),
        node("outer", "iterator", array="{{ trigger.context.rows }}"),
        node("inner", "iterator", array="{{ item }}", mode="parallel", concurrency=4),
        pick("cell", at="{{ parent.index }}.{{ index }}", value="{{ item }}", row="{{ parent.item }}"),
        pick("row", cells="{{ inner.items }}"),
        pick("all", rows="{{ outer.items }}"),
    ]
    edges = [
        *(edge("t", "outer"), edge("outer", "inner", "item"), edge("inner", "cell", "item"), edge("cell", "inner")),
        *(edge("inner", "row", "done"), edge("row", "outer"), edge("outer", "all", "done")),
    ]
    row, logs = await ran(world, (nodes, edges), context={"rows": [[1, 2], [], ["x"]]})
    assert row.status == "completed"
    [output] = of(logs, "all")
    assert output["rows"] == [
        {"cells": [{"at": "0.0", "value": 1, "row": [1, 2]}, {"at": "0.1", "value": 2, "row": [1, 2]}]},
        {"cells": []},
        {"cells": [{"at": "2.0", "value": "x", "row": ["x"]}]},
    ]
    assert {log.path for log in logs if log.node_id == "cell"} == {
        "outer.0.inner.0",
        "outer.0.inner.1",
        "outer.2.inner.0",
    }


async def test_five_iterators_stand_in_each_other(world: World) -> None:
    names = ["a", "b", "c", "d", "e"]
    nodes = [node("t", "manual_trigger"), *(node(name, "iterator", array=[0, 1]) for name in names)]
    nodes.append(text("leaf", "{{ parent.parent.parent.parent.index }}{{ index }}"))
    ways = pairwise(["t", *names, "leaf"])
    edges = [edge(source, target, None if source == "t" else "item") for source, target in ways]
    row, logs = await ran(world, (nodes, edges))
    assert (row.status, len(of(logs, "leaf"))) == ("completed", 32)
    assert logs[-1].node_id == "a"


async def test_a_run_that_ends_in_an_iterator_results_in_what_it_shows(world: World) -> None:
    row, logs = await ran(world, loop([1], pick("same", n="{{ item }}")))
    assert (row.status, logs[-1].node_id) == ("completed", "loop")


async def test_terminate_ends_the_run_from_within_an_item(world: World) -> None:
    drawn = loop([1, 2, 3], node("end", "terminate", status="completed", output={"at": "{{ item }}"}), back=False)
    row, logs = await ran(world, drawn)
    assert row.status == "completed"
    assert [(log.node_id, log.status) for log in logs] == [("t", "success"), ("end", "success"), ("loop", "warning")]
    assert of(logs, "loop")[0]["error"]["message"] == "Cut short: the run ended after 0 of 3 items."


@pytest.mark.parametrize(
    ("array", "message"),
    [
        ("{{ trigger.context.none }}", '"array" must be an array; it is null.'),
        ("{{ trigger.context.text }}", '"array" must be an array; it is the text "[1]".'),
        ("{{ trigger.context.many }}", '"array" has 1,001 items; an iterator takes at most 1,000.'),
    ],
)
async def test_what_is_no_array_or_too_long_fails(world: World, array: str, message: str) -> None:
    row, _ = await ran(world, loop(array, text("b", "x")), context={"text": "[1]", "many": [0] * 1001})
    assert (row.status, row.error_message) == ("failed", message)


async def test_a_run_past_its_steps_in_items_names_the_limit(world: World) -> None:
    drawn = loop(list(range(30)), text("b", "x"))
    row, _ = await ran(world, drawn, limits=LimitSettings(all_steps=20))
    assert row.error_message == "The run passed its limit of 20 steps, those of items included."


async def test_steps_in_items_do_not_count_as_steps_of_the_run(world: World) -> None:
    row, _ = await ran(world, loop(list(range(30)), text("b", "x")), limits=LimitSettings(steps=20))
    assert row.status == "completed"


async def test_an_iterator_without_a_body_is_done_at_once(world: World) -> None:
    row, logs = await ran(world, loop([1, 2]))
    assert (row.status, of(logs, "loop")) == ("completed", [{"count": 2, "items": [None, None], "errors": []}])


async def test_items_call_with_keys_of_their_own(world: World) -> None:
    async with Target(answer()) as target:
        await ran(world, loop([1, 2], call("hook", target.url())))
    keys = [request.lower().split(b"idempotency-key: ")[1].split(b"\r\n")[0] for request in target.requests]
    assert [key.split(b":", 1)[1] for key in keys] == [b"loop.0:hook", b"loop.1:hook"]
