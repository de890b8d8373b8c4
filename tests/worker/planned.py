"""Workflows with schedules, in a database where workers fire them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.clock import Clock
from app.core.db import WORKER_ROLE, create_engine
from app.core.ids import IdSource
from tests.worker.world import World, edge, node, text
from worker.execution.schedules import Schedules

HOUR = timedelta(hours=1)


def ticking(trigger: str = "scheduled_trigger") -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return a graph whose second step writes what its trigger shows of the due time."""
    nodes = [node("t", trigger), text("a", "{{ trigger.scheduled_for }} {{ t.missed }}")]
    return nodes, [edge("t", "a")]


async def add_scheduled(
    world: World,
    due: datetime,
    kind: str = "interval",
    value: str | None = "1 hour",
    *,
    zone: str = "UTC",
    overlap: str = "allow",
    trigger: str = "scheduled_trigger",
    org: str = "org-a",
) -> str:
    """Store a workflow that is due then, and return its id."""
    workflow = await world.add_workflow(*ticking(trigger), org=org)
    await world.execute(
        "UPDATE workflows SET schedule_type = :kind, schedule_value = :value, timezone = :zone,"
        " schedule_overlap = :overlap, next_run_at = :due WHERE id = :id",
        id=workflow,
        kind=kind,
        value=value,
        zone=zone,
        overlap=overlap,
        due=due,
    )
    return workflow


def worker_database(world: World) -> AsyncEngine:
    """Return a pool as workers have it; whoever takes it closes it."""
    url = world.settings.database_url.get_secret_value()
    return create_engine(url, role=WORKER_ROLE, pool_size=2, application="test", plans_once=True, repeats=True)


def schedules_of(world: World, clock: Clock, database: AsyncEngine | None = None) -> Schedules:
    """Return what fires schedules, by a clock of the test's own."""
    return Schedules(database or world.database, world.doorbell, clock, IdSource(clock), shard=0)


async def firings(world: World, workflow: str) -> Sequence[Row[Any]]:
    return await world.rows(
        "SELECT * FROM schedule_firings WHERE workflow_id = :id ORDER BY scheduled_for", id=workflow
    )


async def runs_of(world: World, workflow: str) -> Sequence[Row[Any]]:
    return await world.rows("SELECT * FROM runs WHERE workflow_id = :id ORDER BY id", id=workflow)


async def next_run_at(world: World, workflow: str) -> datetime | None:
    found: datetime | None = (await world.rows("SELECT next_run_at FROM workflows WHERE id = :id", id=workflow))[0][0]
    return found
