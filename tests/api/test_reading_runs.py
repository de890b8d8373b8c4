"""Reading one run: its logs, its tag, what is left out."""

import pytest

from tests.factories.runs import add_log, complete, lease
from tests.factories.workflows import Json
from tests.fixtures.api import Client, Database, json_of


async def read(api: Client, run: Json, query: str = "") -> Json:
    return json_of(await api.get(f"/workflows/runs/{run['id']}{query}"), 200)


async def test_an_unknown_run_is_not_found(api: Client) -> None:
    error = json_of(await api.get("/workflows/runs/fl_run_unknown"), 404)
    assert error["code"] == "run_not_found"


async def test_a_run_that_was_taken_started_when_it_was_taken(api: Client, database: Database, run: Json) -> None:
    await lease(database, run["id"])
    seen = await read(api, run)
    assert (seen["status"], seen["started_at"]) == ("running", "2026-01-15T12:00:00.000000Z")
    assert (seen["completed_at"], seen["duration_in_seconds"]) == (None, None)


async def test_a_run_that_is_over_lasted_from_its_start_to_its_end(api: Client, database: Database, run: Json) -> None:
    await complete(database, run["id"])
    seen = await read(api, run)
    assert (seen["completed_at"], seen["duration_in_seconds"]) == ("2026-01-15T12:00:02.500000Z", 2.5)


async def test_logs_come_in_order(api: Client, database: Database, run: Json) -> None:
    for seq in (3, 1, 2):
        await add_log(database, run["id"], seq)
    assert [log["seq"] for log in (await read(api, run))["logs"]] == [1, 2, 3]


async def test_a_log_says_everything_about_its_step(api: Client, database: Database, run: Json) -> None:
    await add_log(database, run["id"], 1, {"z": 1, "a": [1.0]})
    (log,) = (await read(api, run))["logs"]
    assert log == {
        "id": log["id"],
        "node_id": "n1",
        "component_id": "text_transform",
        "status": "success",
        "output": {"z": 1, "a": [1.0]},
        "created_at": "2026-01-15T12:00:01.000000Z",
        "run_id": run["id"],
        "workflow_id": run["workflow_id"],
        "seq": 1,
        "duration_ms": 7,
        "attempt": 1,
        "inherited": False,
        "path": [],
    }


async def test_a_log_inside_an_iterator_says_which_item(api: Client, database: Database, run: Json) -> None:
    await add_log(database, run["id"], 1, path="n5.3.a%2Eb.0")
    assert (await read(api, run))["logs"][0]["path"] == ["n5", 3, "a.b", 0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("?logs=false", []), ("?after_seq=1", [2, 3]), ("?after_seq=3", []), ("?after_seq=0", [1, 2, 3])],
)
async def test_pollers_get_the_logs_that_they_want(
    api: Client, database: Database, run: Json, query: str, expected: list[int]
) -> None:
    for seq in (1, 2, 3):
        await add_log(database, run["id"], seq)
    assert [log["seq"] for log in (await read(api, run, query))["logs"]] == expected


@pytest.mark.parametrize("query", ["?after_seq=-1", "?after_seq=x", "?after_seq=2147483648", "?logs=perhaps"])
async def test_a_query_of_the_wrong_kind_is_refused(api: Client, run: Json, query: str) -> None:
    error = json_of(await api.get(f"/workflows/runs/{run['id']}{query}"), 422)
    assert error["code"] == "parameter_invalid"


async def test_a_run_that_has_not_moved_is_not_sent_again(api: Client, run: Json) -> None:
    tag = (await api.get(f"/workflows/runs/{run['id']}")).headers["etag"]
    answer = await api.get(f"/workflows/runs/{run['id']}", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize("header", ['"other"', 'W/"other"', "nonsense"])
async def test_a_run_is_sent_to_who_has_something_else(api: Client, run: Json, header: str) -> None:
    answer = await api.get(f"/workflows/runs/{run['id']}", headers={"If-None-Match": header})
    assert answer.status_code == 200


@pytest.mark.parametrize("written", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
async def test_every_way_of_naming_the_tag_counts(api: Client, run: Json, written: str) -> None:
    tag = (await api.get(f"/workflows/runs/{run['id']}")).headers["etag"]
    answer = await api.get(f"/workflows/runs/{run['id']}", headers={"If-None-Match": written.format(tag=tag)})
    assert answer.status_code == 304


async def test_the_tag_changes_with_each_log(api: Client, database: Database, run: Json) -> None:
    tags = []
    for seq in (1, 2):
        tags.append((await api.get(f"/workflows/runs/{run['id']}")).headers["etag"])
        await add_log(database, run["id"], seq)
    tags.append((await api.get(f"/workflows/runs/{run['id']}")).headers["etag"])
    assert len(set(tags)) == 3


async def test_the_tag_changes_with_the_state(api: Client, database: Database, run: Json) -> None:
    tags = [(await api.get(f"/workflows/runs/{run['id']}")).headers["etag"]]
    await lease(database, run["id"])
    tags.append((await api.get(f"/workflows/runs/{run['id']}")).headers["etag"])
    await complete(database, run["id"])
    tags.append((await api.get(f"/workflows/runs/{run['id']}")).headers["etag"])
    assert len(set(tags)) == 3


async def test_a_run_with_a_parent_names_it(api: Client, database: Database, run: Json) -> None:
    await database.execute("UPDATE runs SET parent_run_id = 'fl_run_parent' WHERE id = :id", id=run["id"])
    assert (await read(api, run))["parent_run_id"] == "fl_run_parent"


async def test_a_run_of_a_deleted_workflow_is_not_found(api: Client, run: Json) -> None:
    await api.delete(f"/workflows/{run['workflow_id']}")
    error = json_of(await api.get(f"/workflows/runs/{run['id']}"), 404)
    assert error["code"] == "run_not_found"
