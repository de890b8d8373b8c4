"""The latest log of each workflow."""

from tests.factories.logs import add_logs
from tests.factories.workflows import Json, workflow
from tests.fixtures.api import Client, Database


async def test_of_each_workflow_the_latest_log_is_recent(api: Client, database: Database) -> None:
    runs = [await api.started((await api.created(workflow()))["id"]) for _ in range(3)]
    written = [(await add_logs(database, run["id"], count=2))[-1] for run in runs]
    await api.created(workflow())
    answer = await api.get("/workflows/logs/recent")
    assert [log["id"] for log in answer.json()] == written[::-1]


async def test_a_deleted_workflow_has_logged_nothing(api: Client, database: Database, run: Json) -> None:
    await add_logs(database, run["id"])
    await api.delete(f"/workflows/{run['workflow_id']}")
    assert (await api.get("/workflows/logs/recent")).json() == []
    assert (await api.get(f"/workflows/{run['workflow_id']}/logs")).status_code == 404


async def test_what_others_have_logged_is_not_recent(api: Client, database: Database, run: Json) -> None:
    await add_logs(database, run["id"])
    assert (await api.other().get("/workflows/logs/recent")).json() == []
