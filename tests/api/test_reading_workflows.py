"""Reading and listing workflows."""

from tests.factories.workflows import webhook_workflow, workflow
from tests.fixtures.api import Client, json_of


async def test_a_workflow_reads_as_it_was_answered_when_created(api: Client) -> None:
    saved = await api.created(workflow())
    answer = await api.get(f"/workflows/{saved['id']}")
    assert json_of(answer, 200) == saved
    assert answer.headers["etag"] == '"1"'


async def test_an_unknown_workflow_is_not_found(api: Client) -> None:
    error = json_of(await api.get("/workflows/fl_unknown"), 404)
    assert (error["code"], error["message"]) == ("workflow_not_found", 'There is no workflow "fl_unknown".')


async def test_a_list_has_the_newest_first_and_no_graphs(api: Client) -> None:
    saved = [await api.created(workflow(name=name)) for name in ("first", "second", "third")]
    listed = (await api.get("/workflows")).json()
    expected = [{key: one[key] for key in one.keys() - {"nodes", "edges"}} for one in reversed(saved)]
    assert listed == expected


async def test_an_organization_without_workflows_has_an_empty_list(api: Client) -> None:
    answer = await api.get("/workflows")
    assert (answer.status_code, answer.json()) == (200, [])


async def test_a_list_shows_webhook_urls(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    assert [one["webhook_url"] for one in (await api.get("/workflows")).json()] == [saved["webhook_url"]]
