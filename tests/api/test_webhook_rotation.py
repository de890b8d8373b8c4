"""Replacing a webhook URL."""

from tests.factories.webhooks import path_of
from tests.factories.workflows import webhook_workflow, workflow
from tests.fixtures.api import Client, Database, json_of


async def rotated(api: Client, workflow_id: str) -> dict[str, object]:
    return json_of(await api.post(f"/workflows/{workflow_id}/webhook-token/rotate"), 200)


async def test_the_new_url_works_and_the_old_one_is_dead(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    now = await rotated(api, saved["id"])
    assert (await api.post(path_of(now), json={})).status_code == 202
    assert json_of(await api.post(path_of(saved), json={}), 404)["code"] == "webhook_not_found"


async def test_only_the_url_and_the_time_of_the_change_are_others(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    now = await rotated(api, saved["id"])
    assert {name for name in saved if saved[name] != now[name]} == {"webhook_url", "updated_at"}


async def test_the_workflow_shows_the_new_url_from_then_on(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    now = await rotated(api, saved["id"])
    assert json_of(await api.get(f"/workflows/{saved['id']}"), 200) == now


async def test_each_time_it_is_another(api: Client) -> None:
    saved = await api.created(webhook_workflow())
    urls = {(await rotated(api, saved["id"]))["webhook_url"] for _ in range(3)}
    assert len(urls | {saved["webhook_url"]}) == 4


async def test_without_a_webhook_trigger_there_is_nothing_to_replace(api: Client) -> None:
    saved = await api.created(workflow())
    error = json_of(await api.post(f"/workflows/{saved['id']}/webhook-token/rotate"), 409)
    assert error["code"] == "wrong_trigger"
    assert '"manual_trigger"' in error["message"]


async def test_of_an_unknown_workflow_too(api: Client) -> None:
    error = json_of(await api.post("/workflows/fl_unknown/webhook-token/rotate"), 404)
    assert error["code"] == "workflow_not_found"


async def test_it_is_audited_without_the_token(api: Client, database: Database) -> None:
    saved = await api.created(webhook_workflow())
    await rotated(api, saved["id"])
    entries = await database.rows("SELECT * FROM audit_log WHERE org_id = :org", org=api.org_id)
    (row,) = [entry for entry in entries if entry.action == "workflow.rotate_webhook"]
    assert (row.actor, row.resource_type, row.resource_id) == ("tester", "workflow", saved["id"])
    assert (row.before_hash, row.after_hash) == (None, None)
