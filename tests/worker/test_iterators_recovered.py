"""Iterators whose worker dies, stops or parks: items that have ended never run again."""

import pytest

from app.core.config import WorkerSettings
from tests.fixtures.target import SILENCE, Target, answer
from tests.worker.calling import calling, children, greeting
from tests.worker.looped import loop, of, pick
from tests.worker.world import World, call, edge, node, text, until


def keys_of(target: Target) -> list[str]:
    """Return the path that each call was made on, as its key says."""
    heads = (request.lower().split(b"idempotency-key: ")[1].split(b"\r\n")[0].decode() for request in target.requests)
    return [key.split(":")[1] for key in heads]


async def test_a_sequential_iterator_goes_on_with_the_item_at_which_its_worker_died(world: World) -> None:
    async with Target(*[answer()] * 11, SILENCE) as target:
        drawn = loop(list(range(30)), call("hook", target.url()), after=[pick("after", n="{{ loop.items | size }}")])
        workflow = await world.add_workflow(*drawn)
        async with world.worker() as first:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 12)
            await first.die(world)
        target.answers = (answer(),)
        async with world.worker():
            [row] = await world.ended(run)
    logs = await world.logs(run)
    assert row.status == "completed"
    assert [log.path for log in logs if log.node_id == "hook"] == [f"loop.{index}" for index in range(30)]
    assert keys_of(target) == [f"loop.{index}" for index in [*range(12), *range(11, 30)]]
    assert of(logs, "after") == [{"n": 30}]


async def test_a_parallel_iterator_runs_again_only_what_is_missing(world: World) -> None:
    async with Target(*[answer()] * 15, SILENCE) as target:
        drawn = loop(list(range(40)), call("hook", target.url()), mode="parallel", concurrency=8)
        workflow = await world.add_workflow(*drawn)
        async with world.worker() as first:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 23)
            await first.die(world)
        recorded = {log.path for log in await world.logs(run)}
        target.answers = (answer(),)
        async with world.worker():
            [row] = await world.ended(run)
    logs = await world.logs(run)
    assert row.status == "completed"
    assert sorted(log.path for log in logs if log.node_id == "hook") == sorted(f"loop.{n}" for n in range(40))
    assert not recorded & set(keys_of(target)[23:])
    assert of(logs, "loop")[0]["count"] == 40


@pytest.mark.parametrize("mode", ["sequential", "parallel"])
async def test_an_item_goes_on_within_its_body(world: World, mode: str) -> None:
    async with Target() as target:
        body = (pick("first", n="{{ item }}"), call("one", target.url("/one")), call("two", target.url("/two")))
        drawn = loop(["a", "b"], *body, pick("last", was="{{ first.n }}", status="{{ one.status }}"), mode=mode)
        workflow = await world.add_workflow(*drawn)
        async with world.worker() as first:
            run = await world.start(workflow)
            await until(lambda: any(b"/two" in request for request in target.requests))
            await first.die(world)
        async with world.worker():
            [row] = await world.ended(run)
    logs = await world.logs(run)
    assert row.status == "completed"
    assert sorted((output["was"], output["status"]) for output in of(logs, "last")) == [("a", 200), ("b", 200)]
    assert len(of(logs, "one")) == 2


async def test_inner_iterators_go_on_too(world: World) -> None:
    async with Target(*[answer()] * 4, SILENCE) as target:
        nodes = [
            node("t", "manual_trigger"),
            node("outer", "iterator", array=[[1, 2, 3], [4, 5, 6]]),
            node("inner", "iterator", array="{{ item }}"),
            call("hook", target.url(), body={"n": "{{ item }}", "row": "{{ parent.index }}"}),
            pick("row", all="{{ inner.items }}"),
        ]
        edges = [
            *(edge("t", "outer"), edge("outer", "inner", "item"), edge("inner", "hook", "item")),
            *(edge("inner", "row", "done"), edge("row", "outer")),
        ]
        workflow = await world.add_workflow(nodes, edges)
        async with world.worker() as first:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 5)
            await first.die(world)
        target.answers = (answer(),)
        async with world.worker():
            [row] = await world.ended(run)
    logs = await world.logs(run)
    assert row.status == "completed"
    assert [len(output["all"]) for output in of(logs, "row")] == [3, 3]
    assert len({log.path for log in logs if log.node_id == "hook"}) == 6
    assert keys_of(target).count("outer.1.inner.1") == 2
    assert len(target.requests) == 7


async def test_an_iterator_that_had_ended_is_read_by_whoever_takes_over(world: World) -> None:
    async with Target() as target:
        wait = call("hook", target.url())
        drawn = loop(list(range(30)), pick("same", n="{{ item }}"), after=[wait, pick("end", all="{{ loop.items }}")])
        workflow = await world.add_workflow(*drawn)
        target.gate.clear()
        async with world.worker() as first:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 1)
            await first.die(world)
        target.gate.set()
        async with world.worker():
            [row] = await world.ended(run)
    logs = await world.logs(run)
    assert (row.status, of(logs, "end")) == ("completed", [{"all": [{"n": number} for number in range(30)]}])
    assert len(of(logs, "same")) == 30


async def test_items_that_had_failed_stay_failed(world: World) -> None:
    async with Target(answer(status="500 No"), answer(), SILENCE) as target:
        after = [pick("after", errors="{{ loop.errors }}")]
        drawn = loop([1, 2, 3], call("hook", target.url()), after=after, on_item_error="continue")
        workflow = await world.add_workflow(*drawn)
        async with world.worker() as first:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 3)
            await first.die(world)
        target.answers = (answer(),)
        async with world.worker():
            [row] = await world.ended(run)
    [output] = of(await world.logs(run), "after")
    assert (row.status, output) == (
        "completed",
        {"errors": [{"index": 0, "message": "Webhook request failed: 500 No"}]},
    )


async def test_items_that_wait_park_the_run(world: World) -> None:
    drawn = loop([1, 2, 3], node("nap", "delay", duration=60), text("up", "{{ item }}"), mode="parallel")
    workflow = await world.add_workflow(*drawn)
    async with world.worker():
        run = await world.start(workflow)
        await world.holds("SELECT lease_owner IS NULL AND status = 'running' FROM runs WHERE id = :id", id=run)
        assert sorted(wait.path for wait in await world.waits(run)) == ["loop.0", "loop.1", "loop.2"]
        await world.execute("UPDATE run_waits SET due_at = due_at - interval '1 minute'")
        await world.execute("UPDATE runs SET due_at = due_at - interval '1 minute'")
        world.look()
        [row] = await world.ended(run)
    assert row.status == "completed"
    assert sorted(output["text"] for output in of(await world.logs(run), "up")) == ["1", "2", "3"]
    assert await world.waits(run) == []


async def test_an_item_waits_anew_and_not_for_as_long_as_those_before_it(world: World) -> None:
    """Its delay counts from its own turn, which came when the item before it had ended."""
    workflow = await world.add_workflow(*loop([1, 2], node("nap", "delay", duration=0.3)))
    async with world.worker():
        run = await world.start(workflow)
        await world.ended(run)
    first, second = (log.created_at for log in await world.logs(run) if log.node_id == "nap")
    assert (second - first).total_seconds() >= 0.3


async def test_a_stopped_worker_hands_an_iterator_on(world: World) -> None:
    async with Target() as target:
        workflow = await world.add_workflow(*loop(list(range(20)), call("hook", target.url())))
        async with world.worker(worker=WorkerSettings(stop_grace_seconds=5)) as first:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) >= 5)
            first.stop.set()
            await first.task
        async with world.worker():
            [row] = await world.ended(run)
    assert (row.status, len(target.requests)) == ("completed", 20)


async def test_a_cancelled_run_says_how_far_its_iterators_had_come(world: World) -> None:
    async with Target(*[answer()] * 3, SILENCE) as target:
        workflow = await world.add_workflow(*loop(list(range(20)), call("hook", target.url())))
        async with world.worker() as worker:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 4)
            worker.parts.engine.cancel(run)
            await world.ended(run)
    logs = await world.logs(run)
    assert [(log.node_id, log.status) for log in logs][-2:] == [("hook", "warning"), ("loop", "warning")]
    assert of(logs, "loop")[0]["error"]["message"] == "Cut short: the run ended after 3 of 20 items."


async def test_an_item_that_only_waits_is_not_begun_again(world: World) -> None:
    """Nothing of it is recorded yet, but its child runs."""
    callee = await world.add_workflow(*greeting())
    drawn = loop([1, 2, 3], calling("c", callee), mode="parallel", after=[pick("after", n="{{ loop.items | size }}")])
    workflow = await world.add_workflow(*drawn)
    async with world.worker():
        run = await world.start(workflow)
        [row] = await world.ended(run)
    assert (row.status, of(await world.logs(run), "after")) == ("completed", [{"n": 3}])
    assert len(await children(world, run)) == 3
