"""Resuming a run that has iterators: one that had ended is taken over with all its items, else it begins anew."""

from tests.fixtures.api import json_of
from tests.fixtures.target import answer
from tests.worker.looped import loop, of, pick
from tests.worker.resumed import BROKEN, House
from tests.worker.world import call, edge


async def test_an_iterator_is_inherited_with_all_its_items(house: House) -> None:
    house.target.answers = (*[answer()] * 25, BROKEN)
    items = list(range(25))
    after = [call("late", house.target.url("/late")), pick("all", items="{{ loop.items | map: 'status' }}")]
    old = await house.failed(await house.save(*loop(items, call("hook", house.target.url("/item")), after=after)))
    run = await house.resumed(old, "loop")
    row = await house.ended(run)
    logs = await house.world.logs(run)
    assert row.status == "completed"
    assert house.called.count("/item") == 25
    assert of(logs, "all") == [{"items": [200] * 25}]
    assert [log.inherited for log in logs if log.node_id == "hook"] == [True] * 25


async def test_an_iterator_that_had_not_ended_begins_anew(house: House) -> None:
    house.target.answers = (answer(), answer(), BROKEN)
    first, body = call("first", house.target.url("/first")), call("hook", house.target.url("/item"))
    nodes, edges = loop([1, 2, 3], body)
    edges[0]["source"] = "first"
    edges.append({"id": "t-first", "source": "t", "target": "first"})
    old = await house.failed(await house.save([*nodes, first], edges))
    run = await house.resumed(old, "first")
    row = await house.ended(run)
    assert row.status == "completed"
    assert (house.called.count("/first"), house.called.count("/item")) == (1, 2 + 3)


async def test_a_run_is_not_resumed_from_within_an_item(house: House) -> None:
    house.target.answers = (answer(), BROKEN)
    old = await house.failed(await house.save(*loop([1, 2], call("hook", house.target.url()))))
    answered = await house.api.post(f"/workflows/runs/{old}/resume-from/hook")
    refused = json_of(answered, 422)
    assert refused["code"] == "node_not_resumable"


async def test_an_iterator_whose_body_has_changed_is_not_inherited(house: House) -> None:
    first, late = call("first", house.target.url("/first")), call("late", house.target.url("/late"))
    after = [late, pick("all", items="{{ loop.items }}")]
    nodes, edges = loop(list(range(25)), call("hook", house.target.url("/item")), after=after)
    edges[0]["source"] = "first"
    nodes, edges = [*nodes, first], [*edges, edge("t", "first")]
    house.target.answers = (*[answer()] * 26, BROKEN)
    workflow = await house.save(nodes, edges)
    old = await house.failed(workflow)
    nodes = [pick("hook", n="{{ item }}") if one["id"] == "hook" else one for one in nodes]
    await house.change(workflow, nodes, edges)
    refused = json_of(await house.api.post(f"/workflows/runs/{old}/resume-from/loop"), 422)
    assert refused["message"].startswith('The body of the iterator "loop" is not what it was in this run')
    run = await house.resumed(old, "first")
    row = await house.ended(run)
    assert row.status == "completed"
    assert of(await house.world.logs(run), "all") == [{"items": [{"n": number} for number in range(25)]}]
