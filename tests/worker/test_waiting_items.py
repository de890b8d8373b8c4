"""Items that wait for people and for other runs: each by itself, however often the run parks meanwhile."""

import pytest

from app.core.clock import format_time
from tests.fixtures.api import json_of
from tests.worker.calling import called, calling, children, parked
from tests.worker.looped import Drawn, loop, of, pick, strung
from tests.worker.office import IS_PARKED, Office, form
from tests.worker.parked import make_due
from tests.worker.world import World, edge, node, text

ASKED = "SELECT count(*) = {} FROM run_waits WHERE run_id = :id AND kind = 'form' AND resolved_at IS NULL"


def nested(*body: dict[str, object], **settings: object) -> Drawn:
    """Return two iterators within each other, over two items each, with a chain as the inner one's body."""
    nodes = [node("t", "manual_trigger")]
    nodes += [node(name, "iterator", array=["a", "b"], mode="parallel", **settings) for name in ("outer", "inner")]
    edges = [edge("t", "outer"), edge("outer", "inner", "item"), *strung("inner", "item", body)]
    return [*nodes, *body], edges


async def addresses(office: Office, run: str) -> dict[str, str]:
    """Return the addresses of the forms that a run waits for, by their titles."""
    rows = await office.world.rows("SELECT path, prompt FROM run_waits WHERE run_id = :id", id=run)
    titles = {row.path: row.prompt["title"] for row in rows}
    asked = (await office.run(run))["interactions"]
    return {titles[".".join(map(str, one["path"]))]: one["url"] for one in asked}


async def test_each_item_asks_by_a_form_of_its_own_which_stays_when_others_are_answered(office: Office) -> None:
    asked = form(title="{{ parent.item }}{{ item }}", fields=[{"name": "n"}])
    drawn = nested(asked, text("said", "{{ f.values.n }}"))
    drawn[1][-1]["sourceHandle"] = "yes"
    async with office.world.worker():
        run = await office.started(*drawn)
        await office.world.holds(IS_PARKED, id=run)
        urls = await addresses(office, run)
        assert sorted(urls) == ["aa", "ab", "ba", "bb"]
        assert await office.answer(urls["ba"], n="third") == 200
        await office.world.holds(ASKED.format(3), id=run)
        await office.world.holds(IS_PARKED, id=run)
        assert await addresses(office, run) == {title: urls[title] for title in ("aa", "ab", "bb")}
        for title in ("bb", "aa", "ab"):
            assert await office.answer(urls[title], n=title) == 200
        [row] = await office.world.ended(run)
        assert await office.answer(urls["ba"], n="again") == 410
    assert row.status == "completed"
    said = {log.path: log.output["text"] for log in await office.world.logs(run) if log.node_id == "said"}
    assert [said[f"outer.{outer}.inner.{inner}"] for outer in range(2) for inner in range(2)] == [
        *("aa", "ab", "third", "bb")
    ]


async def test_cancelling_closes_the_forms_of_all_items(office: Office) -> None:
    async with office.world.worker():
        run = await office.started(*nested(form(title="{{ parent.item }}{{ item }}")))
        await office.world.holds(IS_PARKED, id=run)
        urls = await addresses(office, run)
        json_of(await office.api.post(f"/workflows/runs/{run}/cancel"), 202)
    assert {await office.answer(url) for url in urls.values()} == {410}
    closed = [(log.path, log.status) for log in await office.world.logs(run) if log.node_id == "f"]
    assert sorted(closed) == [(f"outer.{n}.inner.{m}", "warning") for n in range(2) for m in range(2)]


@pytest.mark.parametrize("dies", [False, True])
async def test_each_item_calls_once_and_goes_on_when_its_own_run_has_ended(world: World, *, dies: bool) -> None:
    callee = await world.add_workflow(
        *called(node("d", "delay", duration=60), text("said", "{{ t.payload.n }} has ended"))
    )
    call = calling("c", callee, payload={"n": "{{ parent.item }}{{ item }}"})
    caller = await world.add_workflow(*nested(call, text("heard", "{{ item }}: {{ c.output.text }}")))
    async with world.worker() as first:
        run = await world.start(caller)
        await world.holds("SELECT count(*) = 4 FROM run_waits WHERE run_id = :id", id=run)
        if dies:
            await first.die(world)
    async with world.worker():
        begun = [child.id for child in await children(world, run)]
        await parked(world, run, *begun)
        for child in reversed(begun):
            await make_due(world, child)
            await world.ended(child)
        [row] = await world.ended(run)
    assert row.status == "completed"
    assert [child.id for child in await children(world, run)] == begun
    heard = {log.path: log.output["text"] for log in await world.logs(run) if log.node_id == "heard"}
    assert heard["outer.1.inner.0"] == "a: ba has ended"
    assert len(heard) == 4


async def test_items_that_do_not_wait_for_the_runs_they_start_start_one_each(world: World) -> None:
    callee = await world.add_workflow(*called(text("said", "{{ t.payload.n }}")))
    call = calling("c", callee, payload={"n": "{{ item }}"}, wait=False)
    caller = await world.add_workflow(*loop(list(range(12)), call, mode="parallel"))
    async with world.worker():
        run = await world.start(caller)
        [row] = await world.ended(run)
    assert (row.status, len(await children(world, run))) == ("completed", 12)


async def test_a_delay_at_the_begin_of_parallel_items_is_waited_once(world: World) -> None:
    """What is due late is put out as it was set, not counted anew after the run has parked."""
    drawn = loop([1, 2], node("nap", "delay", duration=60), node("more", "delay", duration=60), mode="parallel")
    run = await world.start(await world.add_workflow(*drawn))
    async with world.worker():
        for name in ("nap", "more"):
            await world.holds(
                "SELECT count(*) = 2 FROM run_waits JOIN runs ON runs.id = run_id WHERE run_id = :id"
                " AND node_id = :name AND lease_owner IS NULL",
                id=run,
                name=name,
            )
            due = {format_time(wait.due_at) for wait in await world.waits(run)}
            await world.execute("UPDATE runs SET ready = true WHERE id = :id", id=run)
            await world.looked_twice()
            assert {format_time(wait.due_at) for wait in await world.waits(run)} == due
            await make_due(world, run)
        [row] = await world.ended(run)
    assert row.status == "completed"
    assert [log.attempt for log in await world.logs(run)] == [1] * 6


async def test_items_are_read_by_every_kind_of_setting(world: World) -> None:
    callee = await world.add_workflow(*called(text("said", "{{ t.payload.all | size }} {{ t.payload.last }}")))
    is_last = {"type": "number", "input": "{{ item.n }}", "operator": "equals", "value": 24}
    after = [
        pick("list", size="{{ loop.items | size }}", last="{{ loop.items.last.n }}", failed="{{ loop.errors | size }}"),
        text("each", "{% for one in loop.items %}{{ one.n }},{% endfor %}"),
        text("json", "{% assign l = loop %}{{ l.items | map: 'n' | join: ' ' }}"),
        text("whole", "{{ loop | json }}"),
        node("any", "array_condition", input="{{ loop.items }}", operator="any", value=is_last),
    ]
    nodes, edges = loop(list(range(25)), pick("same", n="{{ item }}"), after=after)
    inner = node("again", "iterator", array=[0])
    deep = calling("call", callee, payload={"all": "{{ loop.items }}", "last": "{{ loop.items[24].n }}"})
    edges += [edge("any", "again", "true"), edge("again", "call", "item")]
    run = await world.start(await world.add_workflow([*nodes, inner, deep], edges))
    async with world.worker():
        [row] = await world.ended(run)
    assert row.status == "completed", row.error_message
    logs = await world.logs(run)
    assert of(logs, "list") == [{"size": 25, "last": 24, "failed": 0}]
    assert of(logs, "each")[0]["text"] == "".join(f"{number}," for number in range(25))
    assert of(logs, "json")[0]["text"] == " ".join(map(str, range(25)))
    assert '{"n":24}' in of(logs, "whole")[0]["text"].replace(" ", "")
    assert of(logs, "call")[0]["output"]["text"] == "25 24"
