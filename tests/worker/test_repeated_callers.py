"""Callers that are run again, resumed, or called while the database is away."""

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.config import LimitSettings
from app.core.statements import Driver
from app.runs.repository.starts import RunStart
from app.workflows.repository import Startable, find_startable
from tests.factories.vault_rows import VaultRows
from tests.fixtures.api import json_of
from tests.fixtures.echo import EchoTarget
from tests.worker.calling import called, calling, children, greeting, output
from tests.worker.resumed import BROKEN, House
from tests.worker.world import World, call, chain, text
from worker.execution import callees


async def failed_caller(house: House) -> str:
    """Return a run that has called a workflow, and then failed."""
    house.target.answers = (BROKEN,)
    callee = await house.save(*called(text("said", "hello")))
    return await house.failed(await house.save(*chain(calling("c", callee), call("hook", house.target.url()))))


async def test_an_inherited_call_starts_no_child(house: House) -> None:
    old = await failed_caller(house)
    run = await house.resumed(old, "c")
    assert (await house.ended(run)).status == "completed"
    assert await children(house.world, run) == []
    assert await output(house.world, run) == await output(house.world, old)


async def test_a_call_that_is_done_anew_starts_a_child_of_the_new_run(house: House) -> None:
    old = await failed_caller(house)
    run = await house.resumed(old, "t")
    await house.ended(run)
    assert [len(await children(house.world, one)) for one in (old, run)] == [1, 1]


async def test_a_run_that_is_run_again_starts_children_anew(house: House) -> None:
    old = await failed_caller(house)
    again = json_of(await house.api.post(f"/workflows/runs/{old}/rerun"), 202)["new_run"]["id"]
    await house.ended(again)
    assert len(await children(house.world, again)) == 1


@pytest.mark.parametrize("trigger", ["workflow_trigger", "manual_trigger"])
async def test_a_child_can_be_run_again_by_itself(house: House, trigger: str) -> None:
    callee = await house.save(*called(text("said", "hello"), trigger=trigger))
    async with house.world.worker():
        parent = await house.api.started(await house.save(*chain(calling("c", callee, payload={"name": "Ada"}))))
        await house.world.ended(parent["id"])
    [child] = await children(house.world, parent["id"])
    again = json_of(await house.api.post(f"/workflows/runs/{child.id}/rerun"), 202)["new_run"]
    assert ("parent_run_id" in again, again["trigger_payload"]) == (False, child.trigger_payload)
    shown = json_of(await house.api.get(f"/workflows/runs/{child.id}"), 200)
    assert shown["parent_run_id"] == parent["id"]


async def test_a_database_that_is_away_while_a_workflow_is_looked_up_does_not_fail_the_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def find(driver: Driver, org_id: str, workflow_id: str) -> Startable | None:
        asked.append(workflow_id)
        if len(asked) == 1:
            raise DBAPIError(None, None, OSError("The connection is gone."))
        return await find_startable(driver, org_id, workflow_id)

    monkeypatch.setattr(callees, "find_startable", find)
    callee = await world.add_workflow(*greeting())
    async with world.worker():
        parent = await world.start(await world.add_workflow(*chain(calling("c", callee, timeout_seconds=0.1))))
        [row] = await world.ended(parent)
    assert (row.status, asked) == ("completed", [callee, callee])


async def test_a_secret_that_a_payload_happens_to_hold_is_masked(
    world: World, vault: VaultRows, echo: EchoTarget
) -> None:
    secret = "a very secret value"
    await vault.add("crm", secret)
    callee = await world.add_workflow(*greeting())
    hook = call("hook", echo.url(), headers={"X-Key": "{{ vault.crm }}"})
    async with world.worker():
        caller = await world.add_workflow(*chain(hook, calling("c", callee, payload={"name": f"Ada, {secret}"})))
        parent = await world.start(caller)
        await world.ended(parent)
    [child] = await children(world, parent)
    assert child.trigger_payload["payload"]["name"].startswith("Ada, ")
    assert secret not in str(child.trigger_payload)


async def test_depth_counts_from_the_run_that_nobody_called(world: World) -> None:
    callee = await world.add_workflow(*greeting())
    workflow = await world.add_workflow(*chain(calling("c", callee)))
    run = await world.starter.start(RunStart("org-a", workflow, 1, "manual", '{"context":{}}', "test"))
    async with world.worker(limits=LimitSettings(call_depth=0)):
        [row] = await world.ended(run.id)
    assert row.error_message == "Workflows call each other at most 0 deep, and this run is that deep already."
