"""Saving schedules: what is refused, and when a workflow is planned."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.workflows import Json, edge, node, webhook_workflow, workflow
from tests.fixtures.api import Client, Database, json_of

TYPES = ["interval", "cron", "daily", "weekly", "monthly"]
VALUES = {"interval": "90 seconds", "cron": "0 9 * * *", "daily": "09:00", "weekly": "mon 09:00", "monthly": "1 09:00"}


SAVED_NODES = [node("t", "manual_trigger")]


def scheduled(**data: object) -> Json:
    """Return a workflow that begins with a scheduled trigger."""
    return workflow(node("t", "scheduled_trigger", **data))


async def changed(api: Client, saved: Json, **fields: object) -> Json:
    return json_of(await api.put(f"/workflows/{saved['id']}", json=fields), 200)


async def read(api: Client, saved: Json) -> Json:
    return json_of(await api.get(f"/workflows/{saved['id']}"), 200)


def schedule_of(saved: Json) -> tuple[object, object, object]:
    return saved["schedule_type"], saved["schedule_value"], saved["timezone"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def planned(database: Database, saved: Json) -> object:
    return await database.value("SELECT next_run_at FROM workflows WHERE id = :id", id=saved["id"])


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("trigger", ["manual_trigger", "scheduled_trigger"])
async def test_a_schedule_is_saved_and_planned(api: Client, kind: str, trigger: str) -> None:
    body = workflow(node("t", trigger), schedule_type=kind, schedule_value=VALUES[kind], timezone="Europe/Berlin")
    saved = await api.created(body)
    assert schedule_of(saved) == (kind, VALUES[kind], "Europe/Berlin")
    assert moment(saved["next_run_at"]) > moment(saved["created_at"])
    assert await read(api, saved) == saved


@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly"])
async def test_these_have_a_default(api: Client, kind: str) -> None:
    saved = await api.created(workflow(schedule_type=kind))
    assert saved["schedule_value"] is None
    assert moment(saved["next_run_at"]).strftime("%H:%M:%S") == "00:00:00"


async def test_an_interval_counts_from_when_it_was_saved(api: Client) -> None:
    saved = await api.created(workflow(schedule_type="interval", schedule_value="90 seconds"))
    assert moment(saved["next_run_at"]) == moment(saved["created_at"]) + timedelta(seconds=90)


async def test_the_times_of_a_schedule_are_those_of_its_zone(api: Client) -> None:
    saved = await api.created(workflow(schedule_type="daily", schedule_value="09:00", timezone="Asia/Kolkata"))
    assert moment(saved["next_run_at"]).astimezone(UTC).strftime("%H:%M") == "03:30"


@pytest.mark.parametrize("fields", [{}, {"schedule_type": "manual", "schedule_value": "0 9 * * *"}])
async def test_what_has_no_schedule_is_not_planned(api: Client, fields: Json) -> None:
    assert (await api.created(workflow(**fields)))["next_run_at"] is None


async def test_what_is_off_is_not_planned(api: Client) -> None:
    assert (await api.created(workflow(schedule_type="daily", is_active=False)))["next_run_at"] is None


@pytest.mark.parametrize("overlap", ["allow", "skip"])
async def test_what_becomes_of_overlaps_is_kept(api: Client, overlap: str) -> None:
    saved = await api.created(workflow(schedule_type="daily", schedule_overlap=overlap))
    assert saved["schedule_overlap"] == overlap
    assert (await changed(api, saved, schedule_overlap="skip"))["schedule_overlap"] == "skip"


FAULTS = {
    "an interval without a value": (workflow(schedule_type="interval"), "schedule_value", "needs a"),
    "cron without a value": (workflow(schedule_type="cron", schedule_value=" "), "schedule_value", "needs a"),
    "a wrong value": (workflow(schedule_type="daily", schedule_value="noon"), "schedule_value", '"09:30"'),
    "a cron that never fires": (
        workflow(schedule_type="cron", schedule_value="0 0 30 2 *"),
        "schedule_value",
        "never comes true",
    ),
    "a trigger that no schedule starts": (webhook_workflow(schedule_type="daily"), "schedule_type", "webhook_trigger"),
    "a node without the value it needs": (
        scheduled(schedule_type="cron"),
        "nodes[0].data.schedule_value",
        "needs a",
    ),
    "a wrong value in a node": (
        scheduled(schedule_type="cron", schedule_value="* *"),
        "nodes[0].data.schedule_value",
        "five fields",
    ),
    "a node's value that is none of the workflow's type": (
        scheduled(schedule_value="noon") | {"schedule_type": "daily"},
        "nodes[0].data.schedule_value",
        '"09:30"',
    ),
    "a wrong zone in a node": (scheduled(timezone="Mars/Olympus"), "nodes[0].data.timezone", "Europe/Berlin"),
    "a wrong type in a node": (scheduled(schedule_type=5), "nodes[0].data.schedule_type", "'daily'"),
}


@pytest.mark.parametrize("case", FAULTS)
async def test_what_cannot_be_a_schedule_is_refused_as_validating_says(api: Client, case: str) -> None:
    body, path, words = FAULTS[case]
    error = json_of(await api.post("/workflows", json=body), 422)
    assert [fault["path"] for fault in error["errors"]] == [path]
    assert words in error["errors"][0]["message"]
    assert error["code"] == ("graph_invalid" if path.startswith("nodes") else "parameter_invalid")
    verdict = json_of(await api.post("/workflows/validate", json=body), 200)
    assert verdict["errors"] == [f"{path}: {error['errors'][0]['message']}"]
    saved = await api.created(workflow())
    assert json_of(await api.put(f"/workflows/{saved['id']}", json=body), 422)["errors"] == error["errors"]
    assert await read(api, saved) == saved


async def test_a_scheduled_workflow_cannot_get_another_trigger(api: Client) -> None:
    saved = await api.created(workflow(schedule_type="daily"))
    body = {"nodes": [node("t", "webhook_trigger")]}
    error = json_of(await api.put(f"/workflows/{saved['id']}", json=body), 422)
    assert [fault["path"] for fault in error["errors"]] == ["schedule_type"]
    now = await changed(api, saved, schedule_type="manual", **body)
    assert (now["next_run_at"], now["webhook_url"] is None) == (None, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Other"},
        {"description": "d"},
        {"schedule_overlap": "skip"},
        {"is_active": True},
        {"schedule_type": "interval", "schedule_value": "1 hour", "timezone": "UTC"},
        {"edges": [edge("t", "a")]},
        {"nodes": [node("t", "manual_trigger", more=1), node("a", "text_transform", template="x")]},
    ],
)
async def test_what_leaves_the_schedule_as_it_is_does_not_plan_anew(api: Client, fields: Json) -> None:
    nodes = [node("t", "manual_trigger"), node("a", "text_transform", template="x")]
    saved = await api.created(workflow(*nodes, schedule_type="interval", schedule_value="1 hour"))
    assert (await changed(api, saved, **fields))["next_run_at"] == saved["next_run_at"]


@pytest.mark.parametrize(
    "fields",
    [{"schedule_value": "2 hours"}, {"timezone": "Asia/Tokyo"}, {"schedule_type": "daily", "schedule_value": None}],
)
async def test_a_change_of_the_schedule_plans_from_now(api: Client, database: Database, fields: Json) -> None:
    saved = await api.created(workflow(schedule_type="interval", schedule_value="1 hour"))
    await database.execute("UPDATE workflows SET next_run_at = now() - interval '1 day' WHERE id = :id", id=saved["id"])
    now = await changed(api, saved, **fields)
    assert moment(now["next_run_at"]) > moment(now["updated_at"])


async def test_off_is_not_planned_and_on_again_counts_from_now(api: Client) -> None:
    saved = await api.created(workflow(schedule_type="interval", schedule_value="1 hour"))
    assert (await changed(api, saved, is_active=False))["next_run_at"] is None
    assert (await changed(api, saved, schedule_value="2 hours"))["next_run_at"] is None
    again = await changed(api, saved, is_active=True)
    assert moment(again["next_run_at"]) == moment(again["updated_at"]) + timedelta(hours=2)
    assert (await changed(api, saved, schedule_type="manual"))["next_run_at"] is None


STOPPED_BY_RESTORE = "UPDATE workflows SET next_run_at = NULL WHERE id = :id"


@pytest.mark.parametrize(
    "fields",
    [{"is_active": True}, {"schedule_type": "interval"}, {"name": "other", "is_active": True}, {"nodes": SAVED_NODES}],
    ids=["on again", "the same schedule", "with a change", "the same nodes"],
)
async def test_a_stopped_schedule_goes_on_once_it_is_saved_again(api: Client, database: Database, fields: Json) -> None:
    saved = await api.created(workflow(*SAVED_NODES, schedule_type="interval", schedule_value="1 hour"))
    await database.execute(STOPPED_BY_RESTORE, id=saved["id"])
    assert (await changed(api, saved, description="another"))["next_run_at"] is None
    again = await changed(api, saved, **fields)
    assert moment(again["next_run_at"]) > moment(saved["next_run_at"])
    assert again["version"] == (3 if "name" in fields else 2)
    assert await read(api, saved) == again
    entries = (await api.get("/workflows/audit")).json()
    assert [entry["action"] for entry in entries] == ["workflow.update", "workflow.update", "workflow.create"]


async def test_what_is_off_or_has_no_schedule_is_not_planned_by_saving_it_again(api: Client) -> None:
    off = await api.created(workflow(schedule_type="daily", is_active=False))
    manual = await api.created(workflow())
    assert (await changed(api, off, schedule_type="daily"))["next_run_at"] is None
    assert (await changed(api, manual, is_active=True))["next_run_at"] is None


async def test_a_schedule_that_cannot_be_read_any_more_can_be_switched_off_but_not_on(
    api: Client, database: Database
) -> None:
    saved = await api.created(workflow(schedule_type="daily"))
    await database.execute("UPDATE workflows SET schedule_value = 'noon' WHERE id = :id", id=saved["id"])
    assert (await changed(api, saved, is_active=False))["next_run_at"] is None
    error = json_of(await api.put(f"/workflows/{saved['id']}", json={"is_active": True}), 422)
    assert error["errors"][0]["path"] == "schedule_value"


async def test_changes_at_once_leave_what_the_last_one_says(api: Client, database: Database) -> None:
    saved = await api.created(workflow(schedule_type="interval", schedule_value="1 hour"))
    await asyncio.gather(
        *(changed(api, saved, schedule_value=f"{hours} hours") for hours in range(2, 8)),
        *(changed(api, saved, name=name) for name in "abc"),
    )
    now = await read(api, saved)
    [row] = await database.rows("SELECT * FROM workflows WHERE id = :id", id=saved["id"])
    hours = timedelta(hours=int(now["schedule_value"].split()[0]))
    assert row.next_run_at - hours <= row.updated_at
    assert row.next_run_at - hours >= moment(saved["created_at"])


async def test_a_list_shows_when_each_starts(api: Client) -> None:
    saved = await api.created(workflow(schedule_type="daily"))
    [listed] = (await api.get("/workflows")).json()
    assert listed["next_run_at"] == saved["next_run_at"]


# One schedule in two places
