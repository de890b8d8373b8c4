"""Going on behind a node: what is refused, and what a resumed run has from the start. The walking is the worker's."""

from collections.abc import Mapping
from itertools import pairwise

import pytest

from tests.factories.runs import NOON
from tests.factories.workflows import Json, edge, node, workflow
from tests.fixtures.api import Client, Database, counted_statements, json_of

_LOG = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    SELECT id, :path, :node, 1, :log, org_id, workflow_id, :seq, :component, :status, '{"kept":  1.0}', :handle, 1,
           :at, 7, :at
    FROM runs WHERE id = :run
"""


def text(node_id: str) -> Json:
    return node(node_id, "text_transform", template="x")


def graph(*node_ids: str) -> Json:
    """Return a workflow of text steps, one behind the other."""
    ids = ["t", *node_ids]
    chained = [edge(source, target) for source, target in pairwise(ids)]
    return workflow(node("t", "manual_trigger"), *map(text, node_ids), edges=chained)


async def add_step(database: Database, run_id: str, seq: int, node_id: str, **changes: object) -> None:
    """Record a step of the run, which succeeded unless `changes` say otherwise."""
    component = "manual_trigger" if node_id == "t" else "text_transform"
    usual = {"path": "", "component": component, "status": "success", "handle": "default"}
    log = f"fl_log_{run_id.removeprefix('fl_run_')}{seq}"
    await database.execute(_LOG, run=run_id, seq=seq, node=node_id, log=log, at=NOON, **usual | changes)


async def fail(database: Database, run: Json) -> None:
    await database.execute(
        "UPDATE runs SET status = 'failed', ready = false, completed_at = :at WHERE id = :id", id=run["id"], at=NOON
    )


@pytest.fixture
async def run(api: Client, database: Database) -> Json:
    """Return a run in which `a` and `b` succeeded and `c` failed; nothing is known of `d`."""
    saved = await api.created(graph("a", "b", "c", "d"))
    run = await api.started(saved["id"])
    for seq, node_id in enumerate("tab", start=1):
        await add_step(database, run["id"], seq, node_id)
    await add_step(database, run["id"], 4, "c", status="error", handle=None)
    await fail(database, run)
    return run


def path_of(run: Json, node_id: str) -> str:
    return f"/workflows/runs/{run['id']}/resume-from/{node_id}"


async def resume(api: Client, run: Json, node_id: str, **query: str) -> Json:
    answer: Json = json_of(await api.post(path_of(run, node_id), params=query), 202)
    return answer


async def refused(api: Client, run: Json, node_id: str, status: int) -> Json:
    answer: Json = json_of(await api.post(path_of(run, node_id)), status)
    return answer


async def logs_of(database: Database, answer: Mapping[str, Json]) -> list[tuple[int, str, bool]]:
    rows = await database.rows(
        "SELECT seq, node_id, inherited FROM run_logs WHERE run_id = :id ORDER BY seq", id=answer["new_run"]["id"]
    )
    return [(row.seq, row.node_id, row.inherited) for row in rows]


async def test_the_new_run_has_the_steps_up_to_the_node(api: Client, database: Database, run: Json) -> None:
    answer = await resume(api, run, "b")
    assert await logs_of(database, answer) == [(2, "a", True), (3, "b", True)]


async def test_the_answer_says_what_was_done(api: Client, run: Json) -> None:
    answer = await resume(api, run, "b")
    assert answer["message"] == 'The run goes on behind "b" and takes over 2 steps.'
    assert (answer["new_run"]["status"], answer["new_run"]["logs"]) == ("pending", [])


async def test_the_new_run_names_where_it_comes_from(api: Client, database: Database, run: Json) -> None:
    answer = await resume(api, run, "b")
    (row,) = await database.rows("SELECT * FROM runs WHERE id = :id", id=answer["new_run"]["id"])
    assert (row.origin_run_id, row.resumed_node_id, row.started_by) == (run["id"], "b", "tester")


async def test_outputs_are_copied_byte_for_byte(api: Client, database: Database, run: Json) -> None:
    answer = await resume(api, run, "a")
    output = "SELECT output::text FROM run_logs WHERE run_id = :id"
    assert await database.value(output, id=answer["new_run"]["id"]) == '{"kept":  1.0}'


async def test_attempts_that_did_not_count_stay_behind(api: Client, database: Database, run: Json) -> None:
    await database.execute("UPDATE run_logs SET attempt = 2 WHERE run_id = :id AND node_id = 'a'", id=run["id"])
    await add_step(database, run["id"], 5, "a", status="warning", handle=None)
    answer = await resume(api, run, "a")
    attempts = "SELECT attempt FROM run_logs WHERE run_id = :id"
    assert await database.value(attempts, id=answer["new_run"]["id"]) == 2
    assert len(await logs_of(database, answer)) == 1


async def test_an_iterator_is_inherited_with_its_items(api: Client, database: Database, run: Json) -> None:
    for item in range(2):
        await add_step(database, run["id"], 5 + item, "inside", path=f"a.{item}")
    await add_step(database, run["id"], 7, "inside", path="c.0")
    answer = await resume(api, run, "a")
    assert [node_id for _, node_id, _ in await logs_of(database, answer)] == ["a", "inside", "inside"]


async def test_resuming_is_in_the_audit_log(api: Client, database: Database, run: Json) -> None:
    await resume(api, run, "b")
    audited = await database.rows("SELECT actor, action FROM audit_log WHERE resource_id = :id", id=run["id"])
    assert [tuple(entry) for entry in audited] == [("tester", "run.resume")]


async def test_an_inactive_workflow_can_be_resumed(api: Client, run: Json) -> None:
    await api.put(f"/workflows/{run['workflow_id']}", json={"is_active": False})
    assert (await resume(api, run, "b"))["new_run"]["status"] == "pending"


async def test_it_costs_no_more_statements_for_more_steps(api: Client, run: Json) -> None:
    costs = []
    for node_id in ("a", "b"):
        with counted_statements(api.app) as statements:
            await resume(api, run, node_id)
        costs.append(len(statements))
    assert costs == [8, 8]


async def test_a_node_id_with_odd_characters_is_found(api: Client, database: Database) -> None:
    saved = await api.created(graph("a/b c?", "d"))
    run = await api.started(saved["id"])
    await add_step(database, run["id"], 1, "a/b c?")
    await fail(database, run)
    answer = await resume(api, run, "a%2Fb%20c%3F")
    assert await logs_of(database, answer) == [(2, "a/b c?", True)]


@pytest.mark.parametrize("status", ["pending", "running", "completed", "awaiting_ui_interaction"])
async def test_only_a_failed_run_is_resumed(api: Client, database: Database, run: Json, status: str) -> None:
    await database.execute("UPDATE runs SET status = :status WHERE id = :id", status=status, id=run["id"])
    error = await refused(api, run, "b", 409)
    assert error["code"] == "run_not_failed"
    assert error["message"] == f'The run "{run["id"]}" did not fail: it is {status}. Only a failed run can be resumed.'


async def test_a_node_that_the_run_does_not_have_is_not_found(api: Client, run: Json) -> None:
    error = await refused(api, run, "z", 404)
    assert (error["code"], error["message"]) == ("node_not_found", 'The run has no node "z".')


async def test_a_node_that_was_added_since_is_not_found(api: Client, run: Json) -> None:
    await api.put(f"/workflows/{run['workflow_id']}", json={key: graph("a", "z")[key] for key in ("nodes", "edges")})
    assert (await refused(api, run, "z", 404))["code"] == "node_not_found"


@pytest.mark.parametrize("node_id", ["c", "d"])
async def test_a_node_that_did_not_succeed_is_refused(api: Client, run: Json, node_id: str) -> None:
    error = await refused(api, run, node_id, 422)
    sentence = f'The node "{node_id}" did not succeed in this run, so there is nothing to go on from.'
    assert (error["code"], error["message"]) == ("node_not_resumable", sentence)
    assert error["errors"] == [{"path": "nodeId", "message": sentence, "node_id": node_id}]


async def test_a_node_inside_an_iterator_is_refused(api: Client, database: Database, run: Json) -> None:
    await add_step(database, run["id"], 5, "d", path="a.0")
    error = await refused(api, run, "d", 422)
    assert (
        error["message"] == 'The node "d" lies inside an iterator; resume from the iterator, or from a node before it.'
    )


async def test_a_node_that_is_gone_is_refused_unless_the_original_is_run(api: Client, run: Json) -> None:
    await api.put(f"/workflows/{run['workflow_id']}", json={key: graph("a")[key] for key in ("nodes", "edges")})
    error = await refused(api, run, "b", 422)
    assert error["message"] == 'The definition to be run has no node "b" any more.'
    assert (await resume(api, run, "b", definition="original"))["new_run"]["workflow_version"] == 1


async def test_a_trigger_of_another_kind_has_no_use_for_the_payload(api: Client, run: Json) -> None:
    await api.put(
        f"/workflows/{run['workflow_id']}",
        json={"nodes": [node("t", "webhook_trigger"), text("a")], "edges": [edge("t", "a")]},
    )
    assert (await refused(api, run, "a", 409))["code"] == "wrong_trigger"


async def test_a_version_that_cannot_be_executed_any_more_is_refused(
    api: Client, database: Database, run: Json
) -> None:
    await database.execute(
        "UPDATE workflow_versions SET edges = '[]', nodes = '[]' WHERE workflow_id = :id", id=run["workflow_id"]
    )
    error = await refused(api, run, "b", 422)
    assert error["code"] == "node_not_resumable"
    assert error["message"].startswith("Version 1 cannot be executed any more: ")


async def test_an_unknown_run_is_not_found(api: Client) -> None:
    assert (await refused(api, {"id": "fl_run_unknown"}, "a", 404))["code"] == "run_not_found"


async def test_a_run_of_somebody_else_is_not_found(api: Client, run: Json) -> None:
    assert (await refused(api.other(), run, "a", 404))["code"] == "run_not_found"


async def test_a_run_of_a_deleted_workflow_is_not_found(api: Client, run: Json) -> None:
    await api.delete(f"/workflows/{run['workflow_id']}")
    assert (await refused(api, run, "a", 404))["code"] == "run_not_found"
