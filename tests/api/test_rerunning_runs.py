"""Running again from the start: which run, which definition, and who may be refused."""

import pytest

from tests.factories.runs import complete
from tests.factories.workflows import Json, node, webhook_workflow, workflow
from tests.fixtures.api import PUBLIC_URL, Client, Database, json_of


@pytest.fixture
async def run(api: Client) -> Json:
    saved = await api.created(workflow())
    return await api.started(saved["id"], name="Ada")


async def rerun(api: Client, run: Json, **query: str) -> Json:
    answer: Json = json_of(await api.post(f"/workflows/runs/{run['id']}/rerun", params=query), 202)
    return answer


async def refused(api: Client, run: Json, status: int, **query: str) -> str:
    answer = await api.post(f"/workflows/runs/{run['id']}/rerun", params=query)
    return str(json_of(answer, status)["code"])


async def test_a_rerun_is_a_new_run_with_the_same_payload(api: Client, run: Json) -> None:
    new = (await rerun(api, run))["new_run"]
    assert new["id"] != run["id"]
    assert (new["status"], new["trigger_payload"]) == ("pending", {"context": {"name": "Ada"}})


async def test_the_answer_is_what_is_committed(api: Client, run: Json) -> None:
    new = (await rerun(api, run))["new_run"]
    assert json_of(await api.get(f"/workflows/runs/{new['id']}"), 200) == new


async def test_the_old_run_stays_as_it_is(api: Client, run: Json) -> None:
    await rerun(api, run)
    assert json_of(await api.get(f"/workflows/runs/{run['id']}"), 200) == run


async def test_a_run_that_is_over_can_be_run_again(api: Client, database: Database, run: Json) -> None:
    await complete(database, run["id"])
    assert (await rerun(api, run))["new_run"]["status"] == "pending"


async def test_a_rerun_can_be_run_again(api: Client, run: Json) -> None:
    second = (await rerun(api, run))["new_run"]
    assert (await rerun(api, second))["new_run"]["trigger_payload"] == run["trigger_payload"]


async def test_a_rerun_names_the_run_that_it_repeats_and_who_asked_for_it(
    api: Client, database: Database, run: Json
) -> None:
    new = (await rerun(api, run))["new_run"]
    (row,) = await database.rows("SELECT * FROM runs WHERE id = :id", id=new["id"])
    assert (row.origin_run_id, row.resumed_node_id, row.started_by) == (run["id"], None, "tester")


async def test_a_rerun_is_rung_for(api: Client, run: Json) -> None:
    redis = api.app.state.resources.redis
    await redis.flushdb()
    await rerun(api, run)
    assert await redis.zcard("virga:queue") == 1


async def test_a_rerun_is_counted(api: Client, run: Json) -> None:
    await rerun(api, run)
    page = json_of(await api.get(f"/workflows/{run['workflow_id']}/executions"), 200)
    assert page["meta"]["total"] == 2


async def test_a_rerun_is_in_the_audit_log(api: Client, database: Database, run: Json) -> None:
    await rerun(api, run)
    audited = await database.rows("SELECT actor, action FROM audit_log WHERE resource_id = :id", id=run["id"])
    assert [tuple(entry) for entry in audited] == [("tester", "run.rerun")]


@pytest.mark.parametrize(
    ("query", "version"), [({}, 2), ({"definition": "current"}, 2), ({"definition": "original"}, 1)]
)
async def test_it_runs_the_definition_that_is_asked_for(
    api: Client, run: Json, query: dict[str, str], version: int
) -> None:
    await api.put(f"/workflows/{run['workflow_id']}", json={"name": "Changed"})
    assert (await rerun(api, run, **query))["new_run"]["workflow_version"] == version


async def test_another_definition_is_refused(api: Client, run: Json) -> None:
    assert await refused(api, run, 422, definition="newest") == "parameter_invalid"


@pytest.mark.parametrize("definition", ["current", "original"])
async def test_an_inactive_workflow_is_not_run_again(api: Client, run: Json, definition: str) -> None:
    await api.put(f"/workflows/{run['workflow_id']}", json={"is_active": False})
    assert await refused(api, run, 409, definition=definition) == "workflow_inactive"


async def test_a_trigger_of_another_kind_has_no_use_for_the_payload(api: Client, run: Json) -> None:
    await api.put(f"/workflows/{run['workflow_id']}", json={"nodes": [node("w", "webhook_trigger")]})
    assert await refused(api, run, 409) == "wrong_trigger"
    assert (await rerun(api, run, definition="original"))["new_run"]["workflow_version"] == 1


async def test_a_call_of_a_webhook_can_be_run_again(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    called = json_of(await api.post(saved["webhook_url"].removeprefix(PUBLIC_URL), json={"a": 1}), 202)
    new = (await rerun(api, called))["new_run"]
    assert (new["trigger_type"], new["trigger_payload"]["webhook_payload"]) == ("webhook", {"a": 1})


async def test_an_unknown_run_is_not_found(api: Client) -> None:
    assert await refused(api, {"id": "fl_run_unknown"}, 404) == "run_not_found"


async def test_a_run_of_somebody_else_is_not_found(api: Client, run: Json) -> None:
    assert await refused(api.other(), run, 404) == "run_not_found"


async def test_a_run_of_a_deleted_workflow_is_not_found(api: Client, run: Json) -> None:
    await api.delete(f"/workflows/{run['workflow_id']}")
    assert await refused(api, run, 404) == "run_not_found"
