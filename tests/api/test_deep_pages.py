"""What deep pages cost the database, as it says itself."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app.runs.repository.reads import Listing, page_statement
from app.runs.states import RunStatus
from tests.factories.runs import add_history
from tests.factories.workflows import workflow
from tests.fixtures.api import Client, Database, json_of

RUNS = 10_000
PER_PAGE = 15
ALL_VISIBLE = text("""
    SELECT bool_and(relallvisible = relpages) FROM pg_class
    WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'runs'::regclass)
""")
Plan = dict[str, Any]


@pytest.fixture(scope="module")
def postgres_url(make_database: Callable[[], str]) -> str:
    """Return a database of its own: a transaction that others leave open would keep VACUUM from its work."""
    return make_database()


@pytest.fixture
async def history(api: Client, database: Database) -> list[str]:
    """Return the ids of 10,000 runs of one workflow, newest first, beside as many of another."""
    for name in ("other", "deep"):
        saved = await api.created(workflow(name=name))
        ids = await add_history(database, api.org_id, saved["id"], RUNS)
    await vacuumed(database)
    return ids


async def vacuumed(database: Database) -> None:
    """Vacuum until every page is known to be visible to all, which anybody's older snapshot puts off."""
    autocommit = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    async with asyncio.timeout(30), autocommit.connect() as connection:
        done = False
        while not done:
            await connection.execute(text("VACUUM (ANALYZE) runs"))
            done = bool(await connection.scalar(ALL_VISIBLE))


async def workflow_of(database: Database, run_id: str) -> str:
    return str(await database.value("SELECT workflow_id FROM runs WHERE id = :id", id=run_id))


async def explained(api: Client, listing: Listing, skip: int, mode: str = "force_custom_plan") -> Plan:
    """Return how the API's own role executes the statement of a page, prepared as its driver does."""
    engine = api.app.state.resources.engine
    compiled = page_statement(api.org_id, listing, skip=skip, take=PER_PAGE).compile(dialect=engine.dialect)
    given = ", ".join(f"'{compiled.params[name]}'" for name in compiled.positiontup or ())
    async with engine.begin() as connection:
        await connection.execute(text("SELECT set_config('app.org_id', :org, true)"), {"org": api.org_id})
        await connection.execute(text("SELECT set_config('plan_cache_mode', :mode, true)"), {"mode": mode})
        await connection.exec_driver_sql(f"PREPARE page AS {compiled}")
        explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE page({given})"
        found = (await connection.exec_driver_sql(explain)).scalar_one()
        await connection.exec_driver_sql("DEALLOCATE page")
    plan: Plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def nodes(plan: Plan) -> Iterator[Plan]:
    """Yield each step of a plan that was executed."""
    if plan["Actual Loops"]:
        yield plan
        for child in plan.get("Plans", ()):
            yield from nodes(child)


def rows_of(plan: Plan, kind: str) -> int:
    return sum(int(step["Actual Rows"] * step["Actual Loops"]) for step in nodes(plan) if step["Node Type"] == kind)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    ("status", "skip"), [(None, 0), (None, 599 * PER_PAGE), (RunStatus.COMPLETED, 500 * PER_PAGE)], ids=str
)
async def test_a_page_skips_by_an_index_alone_and_reads_only_its_own_rows(
    api: Client, database: Database, history: list[str], status: RunStatus | None, skip: int, mode: str
) -> None:
    listing = Listing(await workflow_of(database, history[0]), status)
    plan = await explained(api, listing, skip, mode)
    kinds = {step["Node Type"] for step in nodes(plan)}
    assert {kind for kind in kinds if "Scan" in kind} == {"Index Only Scan", "Index Scan"}
    assert "Sort" not in kinds
    assert sum(step.get("Heap Fetches", 0) for step in nodes(plan)) == 0
    assert rows_of(plan, "Index Only Scan") == skip + PER_PAGE
    assert rows_of(plan, "Index Scan") == PER_PAGE


async def test_before_costs_at_any_depth_what_page_1_costs(api: Client, database: Database, history: list[str]) -> None:
    workflow_id = await workflow_of(database, history[0])
    first = await explained(api, Listing(workflow_id), 0)
    deep = await explained(api, Listing(workflow_id, before=history[599 * PER_PAGE]), 0)
    assert rows_of(deep, "Index Only Scan") == PER_PAGE
    assert rows_of(deep, "Index Scan") == PER_PAGE
    assert deep["Shared Hit Blocks"] <= 1.5 * first["Shared Hit Blocks"]


async def test_page_600_has_the_runs_that_belong_there(api: Client, database: Database, history: list[str]) -> None:
    workflow_id = await workflow_of(database, history[0])
    answer = await api.get(f"/workflows/{workflow_id}/executions", params={"page": 600})
    listed = json_of(answer, 200)
    assert [run["id"] for run in listed["data"]] == history[599 * PER_PAGE : 600 * PER_PAGE]
    assert (listed["meta"]["total"], listed["meta"]["from"]) == (RUNS, 8986)
