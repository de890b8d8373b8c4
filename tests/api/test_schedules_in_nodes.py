"""Schedules that a node states: they are the workflow's own fields."""

import pytest

from tests.api.test_schedules import changed, moment, read, schedule_of, scheduled
from tests.factories.workflows import Json, node
from tests.fixtures.api import Client, Database, json_of


@pytest.mark.parametrize(
    ("fields", "data", "expected"),
    [
        ({}, {"schedule_type": "daily", "schedule_value": "09:00"}, ("daily", "09:00", "UTC")),
        ({"timezone": "Asia/Tokyo"}, {"schedule_type": "daily"}, ("daily", None, "Asia/Tokyo")),
        (
            {"schedule_type": "cron", "schedule_value": "0 9 * * *", "timezone": "Asia/Tokyo"},
            {"schedule_type": "weekly", "schedule_value": "fri", "timezone": "Europe/Berlin"},
            ("weekly", "fri", "Europe/Berlin"),
        ),
        ({"schedule_type": "daily"}, {}, ("daily", None, "UTC")),
        ({"schedule_type": "daily"}, {"schedule_type": "manual"}, ("manual", None, "UTC")),
        ({"schedule_value": "5 minutes"}, {"schedule_type": "interval"}, ("interval", "5 minutes", "UTC")),
    ],
)
async def test_what_a_node_states_is_the_workflows_too(
    api: Client, fields: Json, data: Json, expected: tuple[object, ...]
) -> None:
    body = scheduled(**data) | fields
    saved = await api.created(body)
    assert schedule_of(saved) == expected
    assert saved["nodes"] == body["nodes"]
    assert (saved["next_run_at"] is None) == (expected[0] == "manual")
    assert await changed(api, saved, **body) == saved  # also where it says something else of the fields
    assert await changed(api, saved, **saved) == saved


async def test_fields_that_are_sent_alone_are_written_into_the_node(api: Client, database: Database) -> None:
    saved = await api.created(scheduled(schedule_type="daily", schedule_value="09:00", mine=[1.0]))
    now = await changed(api, saved, schedule_type="cron", schedule_value="0 9 * * *", timezone="Asia/Tokyo")
    assert schedule_of(now) == ("cron", "0 9 * * *", "Asia/Tokyo")
    expected = node("t", "scheduled_trigger", schedule_type="cron", schedule_value="0 9 * * *", mine=[1.0])
    assert now["nodes"] == [expected]
    assert now["version"] == 2
    row = await database.rows("SELECT trigger_settings FROM workflows WHERE id = :id", id=saved["id"])
    assert row[0].trigger_settings == expected["data"]
    assert await changed(api, saved, nodes=now["nodes"]) == now


async def test_a_node_that_is_sent_alone_changes_the_fields(api: Client) -> None:
    saved = await api.created(scheduled(schedule_type="daily", schedule_value="09:00"))
    now = await changed(
        api, saved, nodes=[node("t", "scheduled_trigger", schedule_type="weekly", timezone="Asia/Tokyo")]
    )
    assert schedule_of(now) == ("weekly", None, "Asia/Tokyo")
    assert moment(now["next_run_at"]) > moment(now["updated_at"])


async def test_a_node_that_states_nothing_leaves_the_fields_as_they_are(api: Client) -> None:
    saved = await api.created(scheduled(schedule_type="daily", schedule_value="09:00"))
    now = await changed(api, saved, nodes=[node("t", "scheduled_trigger")])
    assert schedule_of(now) == ("daily", "09:00", "UTC")
    assert now["next_run_at"] == saved["next_run_at"]


async def test_fields_that_do_not_fit_the_node_are_refused(api: Client) -> None:
    saved = await api.created(scheduled(schedule_type="daily", schedule_value="09:00"))
    error = json_of(await api.put(f"/workflows/{saved['id']}", json={"schedule_type": "weekly"}), 422)
    assert [fault["path"] for fault in error["errors"]] == ["nodes[0].data.schedule_value"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (scheduled(), "nodes[0].data.schedule_type"),
        (scheduled(schedule_type="daily") | {"schedule_type": "cron", "schedule_value": "0 9 * * *"}, "schedule_type"),
        (scheduled(schedule_type="daily", timezone="UTC") | {"timezone": "Asia/Tokyo"}, "timezone"),
    ],
)
async def test_what_only_looks_like_a_schedule_is_a_warning(api: Client, body: Json, path: str) -> None:
    verdict = json_of(await api.post("/workflows/validate", json=body), 200)
    assert verdict["valid"] is True
    assert [warning.split(":")[0] for warning in verdict["warnings"]][:1] == [path]


# Starting by hand


async def test_run_now_of_a_scheduled_trigger_is_for_now(api: Client) -> None:
    saved = await api.created(scheduled(schedule_type="daily"))
    run = await api.started(saved["id"], ignored=1)
    assert run["trigger_type"] == "scheduled"
    assert run["trigger_payload"]["missed"] == 0
    assert moment(saved["created_at"]) <= moment(run["trigger_payload"]["scheduled_for"]) <= moment(run["created_at"])
    assert (await read(api, saved))["next_run_at"] == saved["next_run_at"]


async def test_a_scheduled_workflow_that_is_off_cannot_be_run_now(api: Client) -> None:
    saved = await api.created(scheduled(schedule_type="daily") | {"is_active": False})
    assert json_of(await api.post(f"/workflows/{saved['id']}/execute"), 409)["code"] == "workflow_inactive"
