"""What is kept for a time only goes when it is over, and not before."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from app.core.ids import AUDIT_ENTRY, lower_bound
from app.models import Base
from tests.factories.rows import least_row
from tests.fixtures.clock import NOON, ManualClock
from tests.worker.world import World, chain, text
from worker.execution import expiry, versions
from worker.execution.expiry import LOCK_KEY, LONG_LIVED, SHORT_LIVED, Expiry
from worker.execution.versions import KEPT

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
EVERYTHING = (*SHORT_LIVED, *LONG_LIVED)


@pytest.fixture
def noon(world: World) -> Expiry:
    """Return expiry as it is at noon."""
    return Expiry(world.database, ManualClock())


def table(name: str) -> Table:
    return Base.metadata.tables[name]


async def add(world: World, name: str, **values: object) -> None:
    async with world.database.begin() as connection:
        await connection.execute(insert(table(name)).values(least_row(table(name), **values)))


async def left(world: World, name: str, column: str) -> list[Any]:
    async with world.database.connect() as connection:
        return list(await connection.scalars(select(table(name).c[column]).order_by(table(name).c[column])))


@pytest.mark.parametrize(
    ("name", "key", "column", "age"),
    [
        ("node_tests", "id", "expires_at", timedelta(0)),
        ("authorization_states", "state_hash", "expires_at", timedelta(0)),
        ("idempotency_keys", "key", "created_at", DAY),
        ("event_receipts", "event_id", "received_at", DAY),
        ("schedule_firings", "workflow_id", "fired_at", 7 * DAY),
    ],
)
async def test_a_row_goes_when_its_time_is_over(
    world: World, noon: Expiry, name: str, key: str, column: str, age: timedelta
) -> None:
    over, young = (b"over", b"young") if key == "state_hash" else ("over", "young")
    await add(world, name, **{key: over, column: NOON - age})
    await add(world, name, **{key: young, column: NOON - age + INSTANT})
    await noon.run_once(EVERYTHING)
    assert await left(world, name, key) == [young]


async def test_an_act_is_remembered_for_a_year(world: World, noon: Expiry) -> None:
    year = NOON - 365 * DAY
    over, young = [lower_bound(AUDIT_ENTRY, at)[:-1] + "1" for at in (year - timedelta(milliseconds=1), year)]
    for act in (over, young):
        await add(world, "audit_log", id=act)
    await noon.run_once(EVERYTHING)
    assert await left(world, "audit_log", "id") == [young]


async def test_more_than_a_batch_goes(world: World, noon: Expiry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "BATCH", 2)
    for number in range(5):
        await add(world, "idempotency_keys", key=str(number), created_at=NOON - 2 * DAY)
    await noon.run_once(EVERYTHING)
    assert await left(world, "idempotency_keys", "key") == []


async def test_while_another_worker_is_at_it_nothing_is_done(world: World, noon: Expiry) -> None:
    await add(world, "event_receipts", received_at=NOON - 2 * DAY)
    workflow = await saved_often(world, KEPT + 1)
    async with world.database.begin() as rival:
        await rival.execute(*world.statement("SELECT pg_advisory_xact_lock(:key)", key=LOCK_KEY))
        await noon.run_once(EVERYTHING)
        await noon.remove_versions()
    assert len(await left(world, "event_receipts", "event_id")) == 1
    assert len(await versions_of(world, workflow)) == KEPT + 1


async def test_a_worker_lets_expire_by_itself(world: World) -> None:
    await add(world, "node_tests", expires_at=world.clock.now())
    await add(world, "idempotency_keys", created_at=world.clock.now() - DAY)
    workflow = await saved_often(world, KEPT + 1)
    async with world.worker():
        await world.holds("SELECT NOT EXISTS (SELECT FROM node_tests) AND NOT EXISTS (SELECT FROM idempotency_keys)")
        await world.holds(
            "SELECT NOT EXISTS (SELECT FROM workflow_versions WHERE workflow_id = :id AND version = 1)", id=workflow
        )


async def saved_often(world: World, count: int) -> str:
    """Return a workflow that has been saved so often."""
    workflow = await world.add_workflow(*chain(text("a", "x")))
    await world.execute(_MORE_VERSIONS, id=workflow, count=count)
    await world.execute("UPDATE workflows SET version = :count WHERE id = :id", id=workflow, count=count)
    return workflow


_MORE_VERSIONS = """
    INSERT INTO workflow_versions (workflow_id, version, org_id, name, nodes, edges, created_at, created_by)
    SELECT workflow_id, number, org_id, name, nodes, edges, created_at, created_by
    FROM workflow_versions, generate_series(2, :count) AS number WHERE workflow_id = :id
"""


async def versions_of(world: World, workflow: str) -> Sequence[int]:
    rows = await world.rows(
        "SELECT version FROM workflow_versions WHERE workflow_id = :id ORDER BY version", id=workflow
    )
    return [row.version for row in rows]


async def test_the_last_50_versions_stay(world: World, noon: Expiry) -> None:
    many, few = await saved_often(world, 60), await saved_often(world, 50)
    await noon.remove_versions()
    assert await versions_of(world, many) == list(range(11, 61))
    assert await versions_of(world, few) == list(range(1, 51))


async def test_a_version_that_a_run_names_stays(world: World, noon: Expiry) -> None:
    workflow = await saved_often(world, 60)
    for version, status in ((1, "completed"), (3, "running"), (30, "failed")):
        run = await world.start_unrung(workflow)
        await world.execute(
            "UPDATE runs SET workflow_version = :version, status = :status WHERE id = :id",
            id=run,
            version=version,
            status=status,
        )
    await noon.remove_versions()
    assert await versions_of(world, workflow) == [1, 3, *range(11, 61)]


async def test_a_version_that_only_runs_of_other_workflows_name_goes(world: World, noon: Expiry) -> None:
    workflow, other = await saved_often(world, 51), await saved_often(world, 51)
    await world.start_unrung(other)
    await noon.remove_versions()
    assert (await versions_of(world, workflow))[0] == 2
    assert (await versions_of(world, other))[0] == 1


async def test_batches_go_through_all_workflows(world: World, noon: Expiry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "BATCH", 3)
    workflows = [await saved_often(world, 54) for _ in range(3)]
    await world.start_unrung(workflows[1])
    await noon.remove_versions()
    assert [(await versions_of(world, workflow))[:2] for workflow in workflows] == [[5, 6], [1, 5], [5, 6]]
