"""Runs with secrets in them, and what they leave behind."""

import base64

from app.core.json import dumps
from tests.worker.world import World, chain

SECRET = "s3cr/et-4711 ü"
OTHER = "another_0815_secret"


async def kept(world: World) -> str:
    """Return all that runs have left in the database, but what was posted to start them."""
    tables = ("run_logs", "run_waits", "workflow_counts")
    rows = [str(row[0]) for table in tables for row in await world.rows(f"SELECT t::text FROM {table} t")]  # noqa: S608 -- three names
    return "\n".join([*rows, *(str(row[0]) for row in await world.rows("SELECT error_message FROM runs"))])


def spelt(secret: str) -> list[str]:
    """Return a secret in some spellings. In base64 it is whole but for what would share a group with its successor."""
    data = secret.encode()
    whole_groups = base64.b64encode(data[: len(data) // 3 * 3]).decode()
    return [secret, dumps(secret)[1:-1], whole_groups]


async def ended_well(world: World, *nodes: dict[str, object], org: str = "org-a", **context: object) -> str:
    """Run nodes in a chain, which must succeed, and return the run's id."""
    run = await world.start(await world.add_workflow(*chain(*nodes), org=org), org=org, context=context)
    [row] = await world.ended(run)
    assert row.status == "completed", row.error_message
    return run


async def failure(world: World, *nodes: dict[str, object], org: str = "org-a") -> str:
    """Run nodes in a chain, which must fail, and return why."""
    run = await world.start(await world.add_workflow(*chain(*nodes), org=org), org=org)
    [row] = await world.ended(run)
    assert row.status == "failed"
    return str(row.error_message)
