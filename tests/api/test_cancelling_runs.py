"""Cancelling runs: those that nobody holds, those that a worker has, those that are over."""

import asyncio

from app.queue.jobs import notice_channel
from tests.factories.runs import complete, lease
from tests.factories.workflows import Json
from tests.fixtures.api import Client, Database, json_of


async def cancelled(api: Client, run: Json) -> Json:
    return json_of(await api.post(f"/workflows/runs/{run['id']}/cancel"), 202)


async def test_a_run_that_nobody_holds_ends_at_once(api: Client, run: Json) -> None:
    answer = await cancelled(api, run)
    assert (answer["status"], answer["error_message"]) == ("failed", "Cancelled")
    assert answer["completed_at"] > answer["started_at"]
    assert answer["duration_in_seconds"] > 0


async def test_the_answer_is_what_is_committed(api: Client, run: Json) -> None:
    answer = await cancelled(api, run)
    assert json_of(await api.get(f"/workflows/runs/{run['id']}"), 200) == answer


async def test_the_owner_of_a_run_is_asked(api: Client, database: Database, run: Json) -> None:
    await lease(database, run["id"])
    answer = await cancelled(api, run)
    assert (answer["status"], answer["completed_at"]) == ("running", None)
    (row,) = await database.rows("SELECT * FROM runs WHERE id = :id", id=run["id"])
    assert (row.cancel_requested_at is not None, row.lease_owner) == (True, "worker-1")


async def test_the_owner_of_a_run_is_told(api: Client, database: Database, run: Json) -> None:
    await lease(database, run["id"], f"worker-of-{api.org_id}")
    async with api.app.state.resources.redis.pubsub() as listening:
        await listening.subscribe(notice_channel(f"worker-of-{api.org_id}"))
        await cancelled(api, run)
        async with asyncio.timeout(5):
            while (heard := await listening.get_message(timeout=5))["type"] != "message":
                pass
    assert heard["data"] == run["id"].encode()


async def test_asking_twice_keeps_the_first_request(api: Client, database: Database, run: Json) -> None:
    asked = "SELECT cancel_requested_at FROM runs WHERE id = :id"
    await lease(database, run["id"])
    await cancelled(api, run)
    first = await database.value(asked, id=run["id"])
    await cancelled(api, run)
    assert await database.value(asked, id=run["id"]) == first


async def test_a_run_that_is_over_cannot_be_cancelled(api: Client, database: Database, run: Json) -> None:
    await complete(database, run["id"])
    error = json_of(await api.post(f"/workflows/runs/{run['id']}/cancel"), 409)
    assert (error["code"], error["message"]) == (
        "run_finished",
        f'The run "{run["id"]}" has ended already: it is completed.',
    )


async def test_of_two_who_cancel_at_once_one_is_told_that_it_is_over(api: Client, run: Json) -> None:
    path = f"/workflows/runs/{run['id']}/cancel"
    answers = await asyncio.gather(*(api.post(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]


async def test_a_parked_run_ends_and_its_wait_is_logged(api: Client, database: Database, run: Json) -> None:
    await database.execute(
        "UPDATE runs SET status = 'running', ready = false, due_at = NULL WHERE id = :id", id=run["id"]
    )
    await database.execute(
        "INSERT INTO run_waits (run_id, node_id, attempt, org_id, component_id, kind)"
        " VALUES (:id, 'pause', 1, :org, 'delay', 'delay')",
        id=run["id"],
        org=api.org_id,
    )
    answer = await cancelled(api, run)
    assert (answer["status"], [(log["node_id"], log["status"]) for log in answer["logs"]]) == (
        "failed",
        [("pause", "warning")],
    )


async def test_a_run_that_waits_for_a_person_ends_at_once(api: Client, database: Database, run: Json) -> None:
    await database.execute(
        "UPDATE runs SET status = 'awaiting_ui_interaction', ready = false, due_at = NULL WHERE id = :id", id=run["id"]
    )
    answer = await cancelled(api, run)
    assert (answer["status"], answer["error_message"]) == ("failed", "Cancelled")


async def test_cancelling_is_in_the_audit_log(api: Client, database: Database, run: Json) -> None:
    await cancelled(api, run)
    audited = await database.rows("SELECT actor, action FROM audit_log WHERE resource_id = :id", id=run["id"])
    assert [tuple(entry) for entry in audited] == [("tester", "run.cancel")]


async def test_a_cancelled_run_is_counted_as_failed(api: Client, database: Database, run: Json) -> None:
    await cancelled(api, run)
    counted = await database.rows(
        "SELECT status, count FROM workflow_counts WHERE workflow_id = :id ORDER BY status", id=run["workflow_id"]
    )
    assert [tuple(row) for row in counted] == [("accepted", 1), ("failed", 1)]


async def test_an_unknown_run_is_not_found(api: Client) -> None:
    error = json_of(await api.post("/workflows/runs/fl_run_unknown/cancel"), 404)
    assert error["code"] == "run_not_found"


async def test_a_run_of_a_deleted_workflow_is_not_found(api: Client, run: Json) -> None:
    await api.delete(f"/workflows/{run['workflow_id']}")
    assert (await api.post(f"/workflows/runs/{run['id']}/cancel")).status_code == 404
