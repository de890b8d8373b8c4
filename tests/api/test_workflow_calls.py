"""Workflows that name others to call: what saving refuses, what deleting respects, and what two at once cannot do."""

import asyncio
import itertools

import pytest

from tests.factories.workflows import Json, edge, node, workflow
from tests.fixtures.api import Client, Database, json_of

CALLABLE = "workflow_trigger, subflow_trigger or manual_trigger"


def caller(*callees: str, trigger: str = "manual_trigger", **fields: object) -> Json:
    """Return a workflow that calls others, one behind the other."""
    nodes = [node("t", trigger), *(node(f"c{n}", "trigger_workflow", workflow_id=one) for n, one in enumerate(callees))]
    edges = [edge(first["id"], second["id"]) for first, second in itertools.pairwise(nodes)]
    return workflow(*nodes, edges=edges, **fields)


async def save(api: Client, *callees: str, trigger: str = "manual_trigger", **fields: object) -> str:
    return str((await api.created(caller(*callees, trigger=trigger, **fields)))["id"])


async def change(api: Client, workflow_id: str, *callees: str) -> Json:
    body = caller(*callees)
    return json_of(await api.put(f"/workflows/{workflow_id}", json={key: body[key] for key in ("nodes", "edges")}), 200)


async def refused(api: Client, workflow_id: str | None, *callees: str, name: str = "Test") -> list[Json]:
    """Return the faults that saving names, which must be those that validating names."""
    body = caller(*callees, name=name)
    path = "/workflows" if workflow_id is None else f"/workflows/{workflow_id}"
    answer = json_of(await api.request("POST" if workflow_id is None else "PUT", path, json=body), 422)
    assert answer["code"] == "graph_invalid"
    draft = body if workflow_id is None else {**body, "id": workflow_id}
    verdict = json_of(await api.post("/workflows/validate", json=draft), 200)
    assert verdict["errors"] == [f"{fault['path']}: {fault['message']}" for fault in answer["errors"]]
    faults: list[Json] = answer["errors"]
    return faults


async def kept(database: Database, api: Client) -> set[tuple[str, str]]:
    """Return the calls that are written down."""
    rows = await database.rows("SELECT caller_id, callee_id FROM workflow_calls WHERE org_id = :org", org=api.org_id)
    return {(row.caller_id, row.callee_id) for row in rows}


async def test_the_workflows_that_a_definition_names_are_kept_with_it(api: Client, database: Database) -> None:
    a, b = await save(api), await save(api)
    c = await save(api, a, b, a)
    assert await kept(database, api) == {(c, a), (c, b)}
    await change(api, c, b)
    assert await kept(database, api) == {(c, b)}
    json_of(await api.put(f"/workflows/{c}", json={"name": "other"}), 200)
    assert await kept(database, api) == {(c, b)}
    await change(api, c)
    assert await kept(database, api) == set()


async def test_a_target_known_only_at_run_time_is_not_looked_for(api: Client, database: Database) -> None:
    await save(api, "{{ trigger.context.id }}")
    assert await kept(database, api) == set()


@pytest.mark.parametrize("known_elsewhere", [False, True])
async def test_a_target_that_there_is_not_is_refused_at_its_node(api: Client, *, known_elsewhere: bool) -> None:
    callee = await save(api.other()) if known_elsewhere else "fl_none"
    [fault] = await refused(api, None, callee)
    assert (fault["path"], fault["node_id"]) == ("nodes[1].data.workflow_id", "c0")
    assert fault["message"] == (
        f'There is no workflow "{callee}", which c0 would call.'
        " GET /workflows/triggerable-workflows lists those that can be called."
    )


async def test_a_deleted_target_is_refused(api: Client) -> None:
    callee = await save(api)
    assert (await api.delete(f"/workflows/{callee}")).status_code == 204
    [fault] = await refused(api, None, callee)
    assert fault["message"].startswith("There is no workflow")


async def test_a_target_that_cannot_be_called_is_refused(api: Client) -> None:
    callee = await save(api, trigger="webhook_trigger", name="Orders")
    [fault] = await refused(api, None, callee)
    assert fault["message"].startswith(
        f'c0 calls "Orders" ({callee}), which begins with webhook_trigger; only a workflow that begins with {CALLABLE}'
    )


async def test_a_target_that_is_not_active_is_warned_of(api: Client) -> None:
    callee = await save(api, is_active=False, name="Asleep")
    verdict = json_of(await api.post("/workflows/validate", json=caller(callee)), 200)
    message = f'c0 calls "Asleep" ({callee}), which is not active: the step would fail.'
    assert (verdict["valid"], verdict["warnings"]) == (True, [f"nodes[1].data.workflow_id: {message}"])
    await save(api, callee)


async def test_a_workflow_cannot_call_itself(api: Client) -> None:
    own = await save(api, name="Own")
    [fault] = await refused(api, own, own, name="Own")
    assert fault["message"] == (f'c0 closes a circle of calls, which would never end: "Own" ({own}) → "Own" ({own}).')


async def test_a_circle_of_calls_is_refused_and_named(api: Client, database: Database) -> None:
    a = await save(api, name="A")
    b = await save(api, a, name="B")
    c = await save(api, b, a, name="C")
    before = await kept(database, api)
    [fault] = await refused(api, a, c, name="A")
    # By the shortest way.
    assert fault["message"] == (
        f'c0 closes a circle of calls, which would never end: "A" ({a}) → "C" ({c}) → "A" ({a}).'
    )
    [fault] = await refused(api, a, b, name="A")
    assert fault["message"].endswith(f'"A" ({a}) → "B" ({b}) → "A" ({a}).')
    assert await kept(database, api) == before


async def test_each_call_that_closes_a_circle_is_a_fault_of_its_own(api: Client) -> None:
    a = await save(api)
    b, free = await save(api, a), await save(api)
    faults = await refused(api, a, b, free, b, "fl_none")
    assert [fault["node_id"] for fault in faults] == ["c0", "c2", "c3"]


async def test_calls_that_meet_again_are_no_circle(api: Client) -> None:
    bottom = await save(api)
    left, right = await save(api, bottom), await save(api, bottom)
    await save(api, left, right, bottom)


async def test_a_call_may_be_turned_round(api: Client) -> None:
    a = await save(api)
    b = await save(api, a)
    await change(api, b)
    await change(api, a, b)


async def test_two_saves_at_once_cannot_make_a_circle_together(api: Client, database: Database) -> None:
    for _ in range(5):
        a, b, c = [await save(api) for _ in range(3)]
        bodies = {a: caller(b), b: caller(c), c: caller(a)}
        answers = await asyncio.gather(*(api.put(f"/workflows/{one}", json=body) for one, body in bodies.items()))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 422]
    assert len(await kept(database, api)) == 10


async def test_a_called_workflow_is_not_deleted_and_its_callers_are_named(api: Client) -> None:
    callee = await save(api)
    callers = [await save(api, callee, name=name) for name in ("First", "Second")]
    error = json_of(await api.delete(f"/workflows/{callee}"), 409)
    assert (error["type"], error["code"]) == ("conflict_error", "workflow_in_use")
    assert error["message"] == (
        f'The workflow cannot be deleted: "First" ({callers[0]}) and "Second" ({callers[1]}) would still call it.'
    )
    assert (await api.get(f"/workflows/{callee}")).status_code == 200


async def test_of_many_callers_the_first_ten_are_named(api: Client) -> None:
    callee = await save(api)
    for _ in range(12):
        last = await save(api, callee)
    message = json_of(await api.delete(f"/workflows/{callee}"), 409)["message"]
    assert "and 2 more would still call it." in message
    assert last not in message


async def test_callers_that_are_deleted_or_call_it_no_more_do_not_count(api: Client) -> None:
    callee = await save(api)
    deleted, changed = await save(api, callee), await save(api, callee)
    assert (await api.delete(f"/workflows/{deleted}")).status_code == 204
    assert (await api.delete(f"/workflows/{callee}")).status_code == 409
    await change(api, changed)
    assert (await api.delete(f"/workflows/{callee}")).status_code == 204


async def test_a_workflow_is_not_deleted_while_somebody_saves_a_call_of_it(api: Client) -> None:
    for _ in range(5):
        callee = await save(api)
        saved, deleted = await asyncio.gather(
            api.post("/workflows", json=caller(callee)), api.delete(f"/workflows/{callee}")
        )
        assert (saved.status_code, deleted.status_code) in {(201, 409), (422, 204)}


async def test_a_trigger_that_strands_callers_is_warned_of(api: Client) -> None:
    callee = await save(api)
    calling = await save(api, callee, name="Caller")
    body = workflow(node("t", "webhook_trigger"), id=callee)
    verdict = json_of(await api.post("/workflows/validate", json=body), 200)
    [warning] = verdict["warnings"]
    assert warning == (
        f'nodes[0].data.componentId: "Caller" ({calling}) would fail to call this workflow: it begins with'
        f" webhook_trigger, and only one that begins with {CALLABLE} can be called."
    )
    json_of(await api.put(f"/workflows/{callee}", json=workflow(node("t", "webhook_trigger"))), 200)


async def test_a_synchronous_workflow_may_call_but_not_wait(api: Client) -> None:
    callee = await save(api)
    waiting = caller(callee, trigger="sync_request_trigger")
    error = json_of(await api.post("/workflows", json=waiting), 422)
    assert error["errors"][0]["message"].startswith("c0 waits, which no node of a synchronous workflow may")
    waiting["nodes"][1]["data"]["wait"] = False
    await api.created(waiting)


async def test_another_organizations_calls_are_nobody_elses(api: Client) -> None:
    """An id cannot be guessed into somebody's way."""
    callee = await save(api)
    other = api.other()
    await save(other, await save(other))
    assert (await api.delete(f"/workflows/{callee}")).status_code == 204
