"""What statements of the API cost the database, as it says itself."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import SelectBase, TextClause, text

from tests.fixtures.api import Client

Plan = dict[str, Any]
MODES = ("force_custom_plan", "force_generic_plan")  # a driver that prepares statements may get either


async def explained(api: Client, statement: SelectBase, mode: str, *before: TextClause) -> Plan:
    """Return how the API's own role executes a statement, prepared as its driver does, after those that go before."""
    engine = api.app.state.resources.engine
    compiled = statement.compile(dialect=engine.dialect, compile_kwargs={"render_postcompile": True})
    given = ", ".join(f"'{compiled.params[name]}'" for name in compiled.positiontup or ())
    async with engine.begin() as connection:
        await connection.execute(text("SELECT set_config('app.org_id', :org, true)"), {"org": api.org_id})
        await connection.execute(text("SELECT set_config('plan_cache_mode', :mode, true)"), {"mode": mode})
        for statement_before in before:
            await connection.execute(statement_before)
        await connection.exec_driver_sql(f"PREPARE asked AS {compiled}")
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked({given})"
        found = (await connection.exec_driver_sql(explain)).scalar_one()
        await connection.exec_driver_sql("DEALLOCATE asked")
    plan: Plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def nodes(plan: Plan) -> Iterator[Plan]:
    """Yield each step of a plan that was executed."""
    if plan["Actual Loops"]:
        yield plan
        for child in plan.get("Plans", ()):
            yield from nodes(child)


def rows_read(plan: Plan) -> int:
    """Return how many rows were read from tables, those that did not fit among them."""
    scans = [step for step in nodes(plan) if "Scan" in step["Node Type"] and "Plans" not in step]
    return sum(
        round((step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]) for step in scans
    )


def blocks(plan: Plan) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
