"""Firing schedules by a clock that stands still: what starts, and what is planned."""

from datetime import datetime, timedelta

import pytest

from app.core.clock import format_time
from tests.fixtures.clock import NOON, ManualClock
from tests.worker.planned import HOUR, add_scheduled, firings, next_run_at, runs_of
from tests.worker.world import World
from worker.execution import schedules
from worker.execution.schedules import Schedules

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("kind", "value", "zone", "planned"),
    [
        ("interval", "90 minutes", "UTC", NOON + 1.5 * HOUR),
        ("cron", "*/15 * * * *", "UTC", NOON + 15 * MINUTE),
        ("cron", "0 9 * * mon", "Europe/Berlin", NOON + timedelta(days=2, hours=20)),
        ("daily", "12:00", "UTC", NOON + timedelta(days=1)),
        ("daily", None, "Asia/Kolkata", NOON + 6.5 * HOUR),
        ("weekly", "fri 12:00", "UTC", NOON + timedelta(days=7)),
        ("monthly", "31 12:00", "UTC", NOON + timedelta(days=30)),
    ],
)
async def test_what_is_due_starts_once_and_is_planned_again(
    world: World, firing: Schedules, kind: str, value: str | None, zone: str, planned: datetime
) -> None:
    workflow = await add_scheduled(world, NOON, kind, value, zone=zone)
    assert await firing.fire_due() == 1
    [run] = await runs_of(world, workflow)
    [firing_row] = await firings(world, workflow)
    assert run.trigger_payload == {"scheduled_for": format_time(NOON), "missed": 0}
    assert (run.status, run.ready, run.trigger_type, run.started_by) == ("pending", True, "scheduled", "schedule")
    assert (run.workflow_version, run.org_id, run.created_at, run.parent_run_id) == (1, "org-a", NOON, None)
    assert (firing_row.run_id, firing_row.scheduled_for, firing_row.org_id) == (run.id, NOON, "org-a")
    assert await next_run_at(world, workflow) == planned
    assert await firing.fire_due() == 0
    assert len(await runs_of(world, workflow)) == 1


async def test_a_run_is_counted_as_accepted(world: World, firing: Schedules) -> None:
    workflow = await add_scheduled(world, NOON)
    await firing.fire_due()
    rows = await world.rows("SELECT status, day, count FROM workflow_counts WHERE workflow_id = :id", id=workflow)
    assert [tuple(row) for row in rows] == [("accepted", NOON.date(), 1)]


async def test_what_is_not_due_does_not_start(world: World, firing: Schedules) -> None:
    workflow = await add_scheduled(world, NOON + timedelta(microseconds=1))
    assert await firing.fire_due() == 0
    assert await runs_of(world, workflow) == []


async def test_a_deleted_workflow_does_not_start(world: World, firing: Schedules) -> None:
    workflow = await add_scheduled(world, NOON)
    await world.execute("UPDATE workflows SET deleted_at = :now WHERE id = :id", id=workflow, now=NOON)
    assert await firing.fire_due() == 0
    assert await runs_of(world, workflow) == []


@pytest.mark.parametrize(
    ("kind", "value", "missed", "planned"),
    [
        ("interval", "1 hour", 4, NOON + 0.5 * HOUR),
        ("cron", "*/10 * * * *", 27, NOON + 10 * MINUTE),
        ("daily", "12:00", 1, NOON + timedelta(days=1)),
        ("daily", "18:00", 0, NOON + 6 * HOUR),
    ],
)
async def test_of_all_that_was_missed_one_run_starts_and_says_how_much_it_was(
    world: World, firing: Schedules, kind: str, value: str, missed: int, planned: datetime
) -> None:
    due = NOON - 4.5 * HOUR
    workflow = await add_scheduled(world, due, kind, value)
    await firing.fire_due()
    [run] = await runs_of(world, workflow)
    assert run.trigger_payload == {"scheduled_for": format_time(due), "missed": missed}
    assert await next_run_at(world, workflow) == planned


async def test_late_firing_does_not_make_an_interval_drift(world: World, firing: Schedules, clock: ManualClock) -> None:
    workflow = await add_scheduled(world, NOON, value="10 seconds")
    clock.advance(7)
    await firing.fire_due()
    clock.advance(9)
    await firing.fire_due()
    fired = [row.scheduled_for for row in await firings(world, workflow)]
    assert fired == [NOON, NOON + timedelta(seconds=10)]
    assert await next_run_at(world, workflow) == NOON + timedelta(seconds=20)


async def test_a_clock_that_jumps_forward_and_back_starts_nothing_twice(
    world: World, firing: Schedules, clock: ManualClock
) -> None:
    workflow = await add_scheduled(world, NOON, value="20 minutes")
    clock.advance(3600)
    await firing.fire_due()
    clock.advance(-3600)
    assert await firing.fire_due() == 0
    clock.advance(3600 + 1200)
    await firing.fire_due()
    assert [run.trigger_payload["missed"] for run in await runs_of(world, workflow)] == [3, 0]
    assert [row.scheduled_for for row in await firings(world, workflow)] == [NOON, NOON + 80 * MINUTE]


async def test_a_due_time_that_has_fired_does_not_fire_again_when_somebody_plans_it_anew(
    world: World, firing: Schedules
) -> None:
    workflow = await add_scheduled(world, NOON)
    await firing.fire_due()
    await world.execute("UPDATE workflows SET next_run_at = :due WHERE id = :id", id=workflow, due=NOON)
    assert await firing.fire_due() == 1
    assert len(await runs_of(world, workflow)) == 1
    assert await next_run_at(world, workflow) == NOON + HOUR


async def test_a_run_for_a_manual_trigger_says_that_a_schedule_started_it(world: World, firing: Schedules) -> None:
    workflow = await add_scheduled(world, NOON, trigger="manual_trigger")
    await firing.fire_due()
    [run] = await runs_of(world, workflow)
    assert run.trigger_type == "scheduled"


async def test_a_schedule_that_cannot_be_read_stops_and_holds_up_nobody(world: World, firing: Schedules) -> None:
    broken = await add_scheduled(world, NOON - HOUR, "cron", "sometimes")
    gone = await add_scheduled(world, NOON - HOUR, "daily", "12:00", zone="Mars/Olympus")
    none = await add_scheduled(world, NOON - HOUR, "manual", None)
    right = await add_scheduled(world, NOON)
    assert await firing.fire_due() == 4
    for stopped in (broken, gone, none):
        assert await runs_of(world, stopped) == []
        assert await next_run_at(world, stopped) is None
        assert [row.run_id for row in await firings(world, stopped)] == [None]
    assert len(await runs_of(world, right)) == 1


async def test_while_the_last_run_is_under_way_a_due_time_is_passed_over_where_that_is_wanted(
    world: World, firing: Schedules, clock: ManualClock
) -> None:
    skipping = await add_scheduled(world, NOON, overlap="skip")
    allowing = await add_scheduled(world, NOON, overlap="allow")
    await firing.fire_due()
    clock.advance(3600)
    await firing.fire_due()
    assert len(await runs_of(world, skipping)) == 1
    assert len(await runs_of(world, allowing)) == 2
    assert [row.run_id is None for row in await firings(world, skipping)] == [False, True]
    assert await next_run_at(world, skipping) == NOON + 2 * HOUR
    await world.execute("UPDATE runs SET status = 'failed', ready = false WHERE workflow_id = :id", id=skipping)
    clock.advance(3600)
    await firing.fire_due()
    assert len(await runs_of(world, skipping)) == 2


@pytest.mark.parametrize("trigger_type", ["manual", "scheduled"])
async def test_runs_that_somebody_started_do_not_keep_a_schedule_waiting(
    world: World, firing: Schedules, trigger_type: str
) -> None:
    workflow = await add_scheduled(world, NOON, overlap="skip")
    run = await world.start_unrung(workflow)
    await world.execute("UPDATE runs SET trigger_type = :type WHERE id = :id", id=run, type=trigger_type)
    await firing.fire_due()
    assert {run.started_by for run in await runs_of(world, workflow)} == {"test", "schedule"}


async def test_more_than_a_batch_fires(world: World, firing: Schedules, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "BATCH", 3)
    workflows = [await add_scheduled(world, NOON, org=f"org-{number % 2}") for number in range(7)]
    assert await firing.fire_due() == 7
    assert [len(await runs_of(world, workflow)) for workflow in workflows] == [1] * 7
