"""Runs that go on behind a node of a run that failed: what was done is not done again, the rest is."""

import pytest

from app.core.config import LimitSettings
from tests.fixtures.api import json_of
from tests.fixtures.target import SILENCE, answer
from tests.worker.resumed import BROKEN, House
from tests.worker.world import call, chain, edge, node, text, until


async def two_calls(house: House) -> str:
    """Return a run whose first call went well and whose second failed."""
    house.target.answers = (answer(b'{"n": 1}', "Content-Type: application/json"), BROKEN)
    nodes, edges = chain(call("one", house.target.url("/one")), call("two", house.target.url("/two")))
    return await house.failed(await house.save(nodes, edges))


async def test_an_inherited_step_is_not_executed_again(house: House) -> None:
    run = await house.resumed(await two_calls(house), "one")
    row = await house.ended(run)
    assert row.status == "completed"
    assert house.called == ["/one", "/two", "/two"]
    assert await house.steps(run) == [("t", False), ("one", True), ("two", False)]


async def test_an_inherited_log_is_the_old_one_but_for_its_place(house: House) -> None:
    old = await two_calls(house)
    run = await house.resumed(old, "one")
    same = ("node_id", "component_id", "status", "handle", "attempt", "duration_ms", "started_at", "created_at")
    text_of = "SELECT output::text FROM run_logs WHERE run_id = :id AND node_id = 'one'"
    [copied] = await house.world.logs(run)
    original = (await house.world.logs(old))[1]
    assert [getattr(copied, name) for name in same] == [getattr(original, name) for name in same]
    assert await house.world.rows(text_of, id=run) == await house.world.rows(text_of, id=old)
    assert (copied.seq, copied.fence, copied.inherited) == (2, 0, True)
    assert copied.id > original.id


async def test_steps_behind_read_what_was_inherited(house: House) -> None:
    house.target.answers = (answer(b'{"n": 41}', "Content-Type: application/json"), BROKEN)
    nodes, edges = chain(
        call("one", house.target.url("/one")),
        call("two", house.target.url("/two")),
        text("said", "{{ one.body.n }} {{ run.id }} {{ t.run_id }}"),
    )
    run = await house.resumed(await house.failed(await house.save(nodes, edges)), "one")
    await house.ended(run)
    said = (await house.world.logs(run))[-1].output["text"]
    assert said == f"41 {run} {run}"


async def test_the_moment_of_a_step_is_not_before_the_new_run(house: House) -> None:
    house.target.answers = (answer(), BROKEN)
    nodes, edges = chain(call("one", house.target.url()), call("two", house.target.url(), body="{{ now }}"))
    run = await house.resumed(await house.failed(await house.save(nodes, edges)), "one")
    row = await house.ended(run)
    sent = house.target.requests[-1].split(b"\r\n\r\n")[1].decode()
    assert sent >= row.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def test_the_trigger_does_not_run_twice_where_it_is_resumed_from(house: House) -> None:
    run = await house.resumed(await two_calls(house), "t")
    await house.ended(run)
    assert await house.steps(run) == [("t", False), ("one", False), ("two", False)]


async def test_a_branch_goes_on_inside(house: House) -> None:
    house.target.answers = (answer(), BROKEN)
    nodes = [
        node("t", "manual_trigger"),
        node("q", "boolean_condition", input="{{ t.flag }}", operator="is_true"),
        call("yes", house.target.url("/yes")),
        call("then", house.target.url("/then")),
        call("no", house.target.url("/no")),
    ]
    edges = [edge("t", "q"), edge("q", "yes", "true"), edge("yes", "then"), edge("q", "no", "false")]
    run = await house.resumed(await house.failed(await house.save(nodes, edges), flag=True), "yes")
    assert (await house.ended(run)).status == "completed"
    assert house.called == ["/yes", "/then", "/then"]
    assert await house.steps(run) == [("t", False), ("q", True), ("yes", True), ("then", False)]


def diamond(house: House) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return two branches, `left` and `right`, which join at `both`."""
    nodes = [node("t", "manual_trigger")]
    nodes += [call(name, house.target.url(f"/{name}")) for name in ("left", "right")]
    nodes.append(text("both", "{{ left.status }} {{ right.status }}"))
    return nodes, [edge("t", "left"), edge("t", "right"), edge("left", "both"), edge("right", "both")]


async def test_a_join_waits_for_the_branch_that_runs_anew(house: House) -> None:
    house.target.answers = (answer(), BROKEN)
    old = await house.failed(await house.save(*diamond(house)))
    [good] = [log.node_id for log in await house.world.logs(old) if log.status == "success" and log.node_id != "t"]
    [bad] = {"left", "right"} - {good}
    run = await house.resumed(old, good)
    assert (await house.ended(run)).status == "completed"
    assert await house.steps(run) == [("t", False), (good, True), (bad, False), ("both", False)]
    assert (await house.world.logs(run))[-1].output["text"] == "200 200"


async def test_a_handled_failure_is_not_tried_again(house: House) -> None:
    house.target.answers = (BROKEN, answer(), BROKEN)
    names = ("fails", "mends", "last")
    nodes = [node("t", "manual_trigger"), *(call(name, house.target.url(f"/{name}")) for name in names)]
    edges = [edge("t", "fails"), edge("fails", "mends", "error"), edge("mends", "last")]
    run = await house.resumed(await house.failed(await house.save(nodes, edges)), "mends")
    assert (await house.ended(run)).status == "completed"
    assert house.called == ["/fails", "/mends", "/last", "/last"]
    assert [(log.node_id, log.status, log.handle) for log in await house.world.logs(run)][1] == (
        "fails",
        "error",
        "error",
    )


async def changed(house: House) -> str:
    """Return a run that failed at `two`, after which the workflow has got `three` in its place."""
    house.target.answers = (answer(), BROKEN)
    workflow = await house.save(*chain(call("one", house.target.url("/one")), call("two", house.target.url("/two"))))
    run = await house.failed(workflow)
    await house.change(
        workflow, *chain(call("one", house.target.url("/one")), call("three", house.target.url("/three")))
    )
    return run


async def test_the_current_definition_is_what_runs(house: House) -> None:
    run = await house.resumed(await changed(house), "one")
    assert ((await house.ended(run)).workflow_version, house.called[2:]) == (2, ["/three"])


async def test_the_original_definition_runs_where_it_is_asked_for(house: House) -> None:
    run = await house.resumed(await changed(house), "one", definition="original")
    assert ((await house.ended(run)).workflow_version, house.called[2:]) == (1, ["/two"])


async def test_a_resumed_run_that_failed_can_be_resumed(house: House) -> None:
    old = await two_calls(house)
    house.target.answers = (BROKEN,)
    between = await house.resumed(old, "one")
    assert (await house.ended(between)).status == "failed"
    house.target.answers = (answer(),)
    last = await house.resumed(between, "one")
    assert (await house.ended(last)).status == "completed"
    assert house.called == ["/one", "/two", "/two", "/two"]


async def test_a_death_before_the_first_step_repeats_nothing_inherited(house: House) -> None:
    old = await two_calls(house)
    house.target.answers = (SILENCE,)
    async with house.world.worker() as victim:
        run = await house.resumed(old, "one")
        await until(lambda: len(house.target.requests) == 3)
        await victim.die(house.world)
    house.target.answers = (answer(),)
    assert (await house.ended(run)).status == "completed"
    assert house.called == ["/one", "/two", "/two", "/two"]
    assert [(log.node_id, log.fence) for log in await house.world.logs(run)] == [("t", 1), ("one", 0), ("two", 2)]


async def test_a_claim_that_left_no_trace_does_no_harm(house: House) -> None:
    run = await house.resumed(await two_calls(house), "one")
    await house.world.execute(
        "UPDATE runs SET status = 'running', ready = false, lease_owner = 'wrk_gone', fence = 1,"
        " claimed_at = created_at, started_at = created_at WHERE id = :id",
        id=run,
    )
    assert (await house.ended(run)).status == "completed"
    assert await house.steps(run) == [("t", False), ("one", True), ("two", False)]


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (LimitSettings(steps=1), "The run passed its limit of 1 steps."),
        (LimitSettings(journal_bytes=60), "The run's outputs passed the limit of 60 bytes a run."),
    ],
    ids=["steps", "bytes"],
)
async def test_limits_count_what_was_inherited(house: House, limits: LimitSettings, message: str) -> None:
    run = await house.resumed(await two_calls(house), "one")
    async with house.world.worker(limits=limits):
        [row] = await house.world.ended(run)
    assert (row.error_message, house.called) == (message, ["/one", "/two"])


async def test_a_resumed_run_shows_its_inherited_logs_from_the_start(house: House) -> None:
    run = await house.resumed(await two_calls(house), "one")
    shown = json_of(await house.api.get(f"/workflows/runs/{run}"), 200)
    assert [(log["node_id"], log["inherited"], log["seq"]) for log in shown["logs"]] == [("one", True, 2)]


async def test_a_rerun_does_everything_again(house: House) -> None:
    old = await two_calls(house)
    again = json_of(await house.api.post(f"/workflows/runs/{old}/rerun"), 202)["new_run"]["id"]
    assert (await house.ended(again)).status == "completed"
    assert house.called == ["/one", "/two", "/one", "/two"]
