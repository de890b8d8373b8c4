"""Runs walked by a real worker: order, branches, joins, failures, limits."""

import json

import pytest

from app.core.config import LimitSettings
from tests.fixtures.target import SILENCE, Target, answer
from tests.worker.parked import make_due
from tests.worker.world import World, call, chain, edge, node, text, until


async def test_a_chain_runs_in_order_and_completes(world: World) -> None:
    workflow = await world.add_workflow(*chain(text("a", "{{ t.name }}"), text("b", "{{ a.text }}!")))
    async with world.worker():
        run = await world.start(workflow, context={"name": "Ada"})
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("completed", None)
    assert await world.steps(run) == [("t", "success"), ("a", "success"), ("b", "success")]
    assert (await world.logs(run))[-1].output["text"] == "Ada!"


async def test_a_webhook_is_called_once_with_its_rendered_body_and_key(world: World) -> None:
    async with Target(answer(b'{"ok": true}', "Content-Type: application/json")) as target, world.worker():
        body = '{"run": "{{ t.run_id }}"}'
        workflow = await world.add_workflow(*chain(call("hook", target.url("/x"), body=body)))
        run = await world.start(workflow)
        [row] = await world.ended(run)
        assert row.status == "completed"
        assert len(target.requests) == 1
        assert f"idempotency-key: {run}::hook" in target.head
        assert target.requests[0].endswith(b'{"run": "' + run.encode() + b'"}')


async def test_trigger_to_webhook_costs_two_commits_after_acceptance(world: World) -> None:
    async with Target() as target, world.worker():
        workflow = await world.add_workflow(*chain(call("hook", target.url())))
        run = await world.start(workflow)
        await world.ended(run)
        writers = await world.rows("SELECT DISTINCT xmin FROM run_logs WHERE run_id = :id", id=run)
        ending = await world.rows(
            "SELECT runs.xmin = run_logs.xmin FROM runs JOIN run_logs ON run_id = runs.id"
            " WHERE runs.id = :id AND node_id = 'hook'",
            id=run,
        )
    assert len(writers) == 2
    assert ending[0][0]


async def test_a_condition_takes_one_branch_and_skips_the_other(world: World) -> None:
    nodes = [
        node("t", "manual_trigger"),
        node("if", "string_condition", input="{{ t.kind }}", operator="equals", value="gold"),
        text("yes", "gold"),
        text("no", "other"),
        text("join", "{{ yes.text }}{{ no.text }}"),
    ]
    edges = [edge("t", "if"), edge("if", "yes", "true"), edge("if", "no", "false")]
    edges += [edge("yes", "join"), edge("no", "join")]
    workflow = await world.add_workflow(nodes, edges)
    async with world.worker():
        run = await world.start(workflow, context={"kind": "gold"})
        await world.ended(run)
    assert [step for step, _ in await world.steps(run)] == ["t", "if", "yes", "join"]


async def test_parallel_branches_start_in_canvas_order(world: World) -> None:
    async with Target() as target, world.worker():
        nodes = [node("t", "manual_trigger")]
        nodes += [call(name, target.url(f"/{name}")) | {"position": {"x": 0, "y": y}} for name, y in _CANVAS]
        workflow = await world.add_workflow(nodes, [edge("t", name) for name, _ in _CANVAS])
        run = await world.start(workflow)
        await world.ended(run)
        logs = await world.logs(run)
    started = sorted(logs[1:], key=lambda log: log.started_at)
    assert [log.node_id for log in started] == ["upper", "middle", "lower"]


_CANVAS = (("lower", 300), ("upper", 100), ("middle", 200))


async def test_a_failing_step_without_a_way_on_fails_the_run_with_its_message(world: World) -> None:
    async with Target(answer(status="503 Service Unavailable")) as target, world.worker():
        workflow = await world.add_workflow(*chain(call("hook", target.url()), text("after", "never")))
        run = await world.start(workflow)
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("failed", "Webhook request failed: 503 Service Unavailable")
    assert await world.steps(run) == [("t", "success"), ("hook", "error")]


async def test_an_error_edge_is_taken_instead_of_failing(world: World) -> None:
    async with Target(answer(status="500 Internal Server Error")) as target, world.worker():
        nodes = [node("t", "manual_trigger"), call("hook", target.url()), text("ok", "ok")]
        nodes.append(text("sad", "{{ hook.error.message }}"))
        edges = [edge("t", "hook"), edge("hook", "ok"), edge("hook", "sad", "error")]
        run = await world.start(await world.add_workflow(nodes, edges))
        [row] = await world.ended(run)
        logs = await world.logs(run)
    assert row.status == "completed"
    assert [(log.node_id, log.status) for log in logs] == [("t", "success"), ("hook", "error"), ("sad", "success")]
    assert logs[-1].output["text"] == "Webhook request failed: 500 Internal Server Error"


async def test_continue_on_error_goes_on_by_the_default_edge(world: World) -> None:
    async with Target(answer(status="404 Not Found")) as target, world.worker():
        hook = call("hook", target.url(), continue_on_error=True)
        workflow = await world.add_workflow(*chain(hook, text("after", "{{ hook.status }}")))
        run = await world.start(workflow)
        [row] = await world.ended(run)
        logs = await world.logs(run)
    assert row.status == "completed"
    assert (logs[1].status, logs[1].handle) == ("error", "default")
    assert logs[2].output["text"] == "404"


async def test_a_failing_run_lets_attempts_in_flight_finish(world: World) -> None:
    async with Target(SILENCE) as slow, Target(answer(status="400 Bad Request")) as bad, world.worker():
        nodes = [node("t", "manual_trigger"), call("slow", slow.url(), timeout_seconds=1), call("bad", bad.url())]
        workflow = await world.add_workflow(nodes, [edge("t", "slow"), edge("t", "bad")])
        run = await world.start(workflow)
        [row] = await world.ended(run)
    assert row.error_message == "Webhook request failed: 400 Bad Request"
    assert dict(await world.steps(run)) == {"t": "success", "bad": "error", "slow": "error"}


async def test_a_retried_attempt_is_a_warning_and_the_last_one_counts(world: World) -> None:
    failing, fine = answer(status="503 Service Unavailable"), answer(b"fine")
    async with Target(failing, failing, fine) as target, world.worker():
        retry = {"max_attempts": 3, "delay_seconds": 0.01}
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url(), retry=retry))))
        [row] = await world.ended(run)
        logs = await world.logs(run)
        keys = {request.lower().split(b"idempotency-key: ")[1].split(b"\r\n")[0] for request in target.requests}
    assert row.status == "completed"
    assert [(log.attempt, log.status) for log in logs[1:]] == [(1, "warning"), (2, "warning"), (3, "success")]
    assert len(keys) == 1


async def test_a_long_retry_pause_parks_the_run_and_survives(world: World) -> None:
    async with Target(answer(status="503 Service Unavailable"), answer()) as target, world.worker():
        retry = {"max_attempts": 2, "delay_seconds": 60}
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url(), retry=retry))))
        await world.holds(
            "SELECT NOT ready AND lease_owner IS NULL AND due_at IS NOT NULL FROM runs WHERE id = :id", id=run
        )
        [wait] = await world.waits(run)
        assert (wait.kind, wait.attempt, wait.resolved_at) == ("retry", 2, None)
        await make_due(world, run)
        [row] = await world.ended(run)
    assert row.status == "completed"
    assert await world.waits(run) == []
    assert len(target.requests) == 2


async def test_terminate_ends_the_run_and_cuts_what_is_in_flight(world: World) -> None:
    async with Target(SILENCE) as target, world.worker():
        nodes = [
            node("t", "manual_trigger"),
            call("slow", target.url()),
            node("d", "delay", duration=0.3, unit="seconds"),
        ]
        nodes.append(node("end", "terminate", status="failed", message="enough"))
        edges = [edge("t", "slow"), edge("t", "d"), edge("d", "end")]
        run = await world.start(await world.add_workflow(nodes, edges))
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("failed", "enough")
    assert dict(await world.steps(run)) == {"t": "success", "d": "success", "end": "success", "slow": "warning"}


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"steps": 3}, "The run passed its limit of 3 steps."),
        ({"journal_bytes": 100}, "The run's outputs passed the limit of 100 bytes a run."),
        ({"held_bytes": 100}, "The run's outputs passed the limit of 100 bytes held in memory."),
        ({"output_bytes": 50}, "The step's output is larger than 50 bytes, the limit of one step."),
    ],
)
async def test_a_run_past_a_limit_fails_and_names_it(world: World, limits: dict[str, int], message: str) -> None:
    steps = [text(f"n{number}", "x" * 60) for number in range(5)]
    workflow = await world.add_workflow(*chain(*steps))
    async with world.worker(limits=world.settings.limits.model_copy(update=limits)):
        run = await world.start(workflow)
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("failed", message)


async def test_a_run_active_for_too_long_fails(world: World) -> None:
    limits = LimitSettings(active_seconds=0.3)
    async with Target(SILENCE) as target, world.worker(limits=limits):
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()))))
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("failed", "The run was active for more than 0.3 seconds.")
    assert await world.steps(run) == [("t", "success"), ("hook", "warning")]


async def test_at_most_so_many_nodes_of_a_path_run_at_once(world: World) -> None:
    limits = LimitSettings(concurrent_nodes=3)
    async with Target(SILENCE) as target, world.worker(limits=limits):
        names = [f"n{number}" for number in range(6)]
        nodes = [node("t", "manual_trigger"), *(call(name, target.url(), timeout_seconds=0.5) for name in names)]
        run = await world.start(await world.add_workflow(nodes, [edge("t", name) for name in names]))
        await until(lambda: len(target.requests) == 3)
        await world.ended(run)
    assert len(target.requests) == 3


async def test_numbers_reach_the_target_as_they_came(world: World) -> None:
    async with Target() as target, world.worker():
        body = '{"big": {{ t.big }}, "part": {{ t.part }}, "list": {{ t.list }}}'
        workflow = await world.add_workflow(*chain(call("hook", target.url(), body=body)))
        await world.ended(await world.start(workflow, context={"big": 2**53, "part": 0.1, "list": [1, "ä", None]}))
        sent = json.loads(target.requests[0].split(b"\r\n\r\n", 1)[1])
    assert sent == {"big": 2**53, "part": 0.1, "list": [1, "ä", None]}


async def test_a_terminate_step_that_fails_fails_the_run(world: World) -> None:
    endless = "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}"
    workflow = await world.add_workflow(*chain(node("end", "terminate", status="completed", output={"x": endless})))
    async with world.worker():
        run = await world.start(workflow)
        [row] = await world.ended(run)
    assert row.status == "failed"
    assert await world.steps(run) == [("t", "success"), ("end", "error")]
