"""Real workers fire schedules: by themselves, in time, each due time once, with Redis or without."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr

from app.queue.jobs import LOOK_AT_SCHEDULES, QUEUE
from tests.fixtures.api import json_of
from tests.worker.planned import add_scheduled, firings, next_run_at, runs_of, ticking
from tests.worker.resumed import House
from tests.worker.test_jobs import Desk
from tests.worker.world import World, until, until_true
from worker.execution.looking import View
from worker.execution.presence import PACE_IDLE_SECONDS, SHORTEST_PAUSE_SECONDS
from worker.main import end_all
from worker.tasks.look_at_schedules import look_at_schedules
from worker.wake import WakeWorker

MANY = 200


async def ran(world: World, workflow: str, count: int = 1) -> None:
    """Wait until so many runs of the workflow have completed."""
    await world.holds(
        "SELECT count(*) >= :count FROM runs WHERE workflow_id = :id AND status = 'completed'",
        id=workflow,
        count=count,
    )


async def shown(world: World, workflow: str) -> tuple[dict[str, object], str]:
    """Return what the trigger of the only run shows, and what the step behind it made of it."""
    [run] = await runs_of(world, workflow)
    first, second = await world.logs(run.id)
    return dict(first.output), second.output["text"]


@pytest.mark.parametrize("trigger", ["scheduled_trigger", "manual_trigger"])
async def test_a_worker_runs_what_is_due_and_its_trigger_shows_for_when(world: World, trigger: str) -> None:
    due = world.clock.now() - timedelta(minutes=150)
    workflow = await add_scheduled(world, due, trigger=trigger)
    async with world.worker():
        await ran(world, workflow)
    output, text = await shown(world, workflow)
    moment = due.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert {name: output[name] for name in ("trigger_type", "scheduled_for", "missed")} == {
        "trigger_type": "scheduled",
        "scheduled_for": moment,
        "missed": 2,
    }
    assert text == f"{moment} 2"


async def test_a_worker_goes_on_firing(world: World) -> None:
    workflow = await add_scheduled(world, world.clock.now(), value="1 second")
    async with world.worker():
        await ran(world, workflow, 3)
    moments = [row.scheduled_for for row in await firings(world, workflow)]
    assert {(later - moments[0]).total_seconds() % 1 for later in moments} == {0.0}
    assert len(moments) == len(set(moments))


async def test_two_workers_start_each_of_many_schedules_once(world: World) -> None:
    due = world.clock.now() + timedelta(seconds=2)
    workflows = [await add_scheduled(world, due, org=f"org-{number % 5}") for number in range(MANY)]
    async with world.worker(), world.worker():
        await world.holds("SELECT count(*) >= :many FROM runs WHERE status = 'completed'", many=MANY)
        await world.looked_twice()
    rows = await world.rows("SELECT workflow_id, count(*) AS runs FROM runs GROUP BY workflow_id")
    assert {row.workflow_id: row.runs for row in rows} == dict.fromkeys(workflows, 1)
    assert {await next_run_at(world, workflow) for workflow in workflows} == {due + timedelta(hours=1)}


async def test_without_redis_schedules_fire_all_the_same(world: World) -> None:
    world.settings = world.settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1")})
    workflow = await add_scheduled(world, world.clock.now())
    async with world.worker():
        await ran(world, workflow)


async def test_a_schedule_that_was_saved_while_all_sleep_is_heard_of(house: House) -> None:
    nodes, edges = ticking()
    body = {"name": "Test", "nodes": nodes, "edges": edges, "schedule_type": "interval", "schedule_value": "1 second"}
    async with house.world.worker() as worker:
        await house.world.looked_twice()
        looks = worker.parts.presence.looks
        saved = await house.api.created(body)
        await until(lambda: worker.parts.presence.looks > looks)
        await ran(house.world, saved["id"], 2)


async def test_saving_rings_where_it_plans_and_only_there(house: House) -> None:
    nodes, edges = ticking()
    body = {"name": "Test", "nodes": nodes, "edges": edges}
    await house.api.created(body)
    saved = await house.api.created({**body, "schedule_type": "daily"})
    for change in ({"name": "Other"}, {"schedule_value": "09:00"}, {"is_active": False}):
        json_of(await house.api.put(f"/workflows/{saved['id']}", json=change), 200)
    redis = house.world._redis
    assert await redis.zcard(QUEUE) == 2
    desk, looks = Desk(), list[int]()
    jobs = WakeWorker({LOOK_AT_SCHEDULES: look_at_schedules}, redis, desk, desk.lose_rings)
    jobs.ctx |= {"look_soon": lambda: looks.append(1)}
    task = asyncio.create_task(jobs.main())
    await until(lambda: len(looks) == 2)
    await end_all([task])


async def test_what_is_switched_off_or_deleted_fires_no_more(house: House) -> None:
    nodes, edges = ticking()
    body = {"name": "Test", "nodes": nodes, "edges": edges, "schedule_type": "interval", "schedule_value": "1 second"}
    off, deleted, other = [(await house.api.created(body))["id"] for _ in range(3)]
    async with house.world.worker():
        await ran(house.world, off)
        saved = json_of(await house.api.put(f"/workflows/{off}", json={"is_active": False}), 200)
        assert saved["next_run_at"] is None
        assert (await house.api.delete(f"/workflows/{deleted}")).status_code == 204
        fired = await firings(house.world, off)
        await house.world.holds("SELECT count(*) = 0 FROM workflows WHERE id = :id", id=deleted)
        await ran(
            house.world, other, len(await runs_of(house.world, other)) + 2
        )  # as often as the first one would have
        assert await firings(house.world, off) == fired
        assert await firings(house.world, deleted) == []


async def test_what_the_api_shows_is_what_fires_next(house: House) -> None:
    nodes, edges = ticking()
    body = {"name": "Test", "nodes": nodes, "edges": edges, "schedule_type": "interval", "schedule_value": "1 second"}
    saved = await house.api.created(body)
    async with house.world.worker():
        await ran(house.world, saved["id"], 2)

        async def is_ahead() -> bool:
            shown_next = json_of(await house.api.get(f"/workflows/{saved['id']}"), 200)["next_run_at"]
            last = (await firings(house.world, saved["id"]))[-1].scheduled_for
            return bool(shown_next > last.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))

        await until_true(is_ahead)
    moments = [row.scheduled_for.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for row in await firings(house.world, saved["id"])]
    assert moments[0] == saved["next_run_at"]


async def test_a_scheduled_run_can_be_run_again(house: House) -> None:
    nodes, edges = ticking("manual_trigger")
    body = {"name": "Test", "nodes": nodes, "edges": edges, "schedule_type": "interval", "schedule_value": "1 day"}
    saved = await house.api.created(body)
    await house.world.execute("UPDATE workflows SET next_run_at = :now", now=house.world.clock.now())
    async with house.world.worker():
        await ran(house.world, saved["id"])
        [run] = await runs_of(house.world, saved["id"])
        answer = json_of(await house.api.post(f"/workflows/runs/{run.id}/rerun"), 202)
        [again] = await house.world.ended(answer["new_run"]["id"])
    assert (again.trigger_type, again.trigger_payload, again.started_by) == (
        "scheduled",
        run.trigger_payload,
        "tester",
    )


async def test_the_next_look_comes_when_the_next_schedule_is_due(world: World) -> None:
    async with world.worker() as worker:
        presence, now = worker.parts.presence, world.clock.now()

        def pause(ahead: float) -> float:
            at = now + timedelta(seconds=ahead)
            return presence._pause(View(False, False, False, None, None, [], {}, [], next_schedule_at=at), ripened=0)

        assert pause(60) == PACE_IDLE_SECONDS
        assert 0 < pause(2) < 2.1
        assert pause(0.01) in (SHORTEST_PAUSE_SECONDS, PACE_IDLE_SECONDS)
        assert pause(-60) == PACE_IDLE_SECONDS
