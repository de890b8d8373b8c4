"""How a workflow fares: sums of counters, at a cost that does not grow with its runs."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.core.clock import Clock
from app.logs.repository.statistics import counts_statement
from tests.api.plans import MODES, blocks, explained
from tests.factories.workflows import workflow
from tests.fixtures.api import Client, Database, json_of

TODAY = Clock().now().date()
FIRST = TODAY - timedelta(days=29)  # of the last 30 days
FOLDED = date(1970, 1, 1)
_COUNT = """
    INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
    VALUES (:org, :workflow, :status, :day, :shard, :count)
    ON CONFLICT (workflow_id, status, day, shard) DO UPDATE SET count = workflow_counts.count + excluded.count
"""
# As many rows as there can be: 40 days, each counted by 16 shards, and one for all days before.
_YEARS = """
    INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
    SELECT :org, :workflow, status, CAST(:today AS date) - days, shard, 1000000
    FROM unnest(ARRAY['accepted', 'completed', 'failed', 'log_success', 'log_error', 'log_warning']) AS status,
         generate_series(0, 39) AS days, generate_series(0, 15) AS shard
"""


class Counters:
    """The counters of one workflow, written as processes would have."""

    def __init__(self, api: Client, database: Database, workflow_id: str) -> None:
        self._api = api
        self._database = database
        self.workflow_id = workflow_id

    async def add(self, status: str, count: int, day: date = TODAY, shard: int = 0) -> None:
        named = {"org": self._api.org_id, "workflow": self.workflow_id, "status": status, "day": day, "shard": shard}
        await self._database.execute(_COUNT, **named, count=count)

    async def shown(self) -> dict[str, Any]:
        return json_of(await self._api.get(f"/workflows/{self.workflow_id}/logs/stats"), 200)


@pytest.fixture
async def counters(api: Client, database: Database) -> Counters:
    return Counters(api, database, (await api.created(workflow()))["id"])


async def test_a_workflow_that_never_ran_has_zeros(counters: Counters) -> None:
    assert await counters.shown() == {
        "log_statuses": {"success": 0, "error": 0, "warning": 0},
        "recent_runs": {"completed": 0, "failed": 0},
        "total_runs": 0,
        "success_rate": 0,
    }


async def test_counters_of_all_shards_are_summed(counters: Counters) -> None:
    for number, status in enumerate(("log_success", "log_error", "log_warning", "completed", "failed", "accepted"), 1):
        for shard in (0, 7):
            await counters.add(status, number, shard=shard)
    assert await counters.shown() == {
        "log_statuses": {"success": 2, "error": 4, "warning": 6},
        "recent_runs": {"completed": 8, "failed": 10},
        "total_runs": 12,
        "success_rate": 44.44,
    }


@pytest.mark.parametrize(("day", "counts"), [(TODAY, 1), (FIRST, 1), (FIRST - timedelta(days=1), 0), (FOLDED, 0)])
async def test_of_the_last_30_days_only_they_count(counters: Counters, day: date, counts: int) -> None:
    for status in ("log_error", "completed", "accepted"):
        await counters.add(status, 1, day)
    shown = await counters.shown()
    assert (shown["log_statuses"]["error"], shown["recent_runs"]["completed"]) == (counts, counts)
    assert (shown["success_rate"], shown["total_runs"]) == (100 * counts, 1)


async def test_runs_that_were_removed_by_their_age_still_count(counters: Counters) -> None:
    for status, count in (("accepted", 5), ("completed", 4), ("failed", 1)):
        await counters.add(status, count)
        await counters.add(status, -count)
        await counters.add(f"removed_{status}", count)
    shown = await counters.shown()
    assert (shown["total_runs"], shown["success_rate"]) == (5, 80)
    assert shown["recent_runs"] == {"completed": 4, "failed": 1}


async def test_a_started_run_counts_at_once(api: Client, counters: Counters) -> None:
    run = await api.started(counters.workflow_id)
    assert (await counters.shown())["total_runs"] == 1
    await api.post(f"/workflows/runs/{run['id']}/cancel")
    assert (await counters.shown())["recent_runs"] == {"completed": 0, "failed": 1}


async def test_other_workflows_do_not_count(api: Client, counters: Counters) -> None:
    other = await api.created(workflow())
    await api.started(other["id"])
    assert (await counters.shown())["total_runs"] == 0


async def test_the_cost_is_the_same_at_ten_million_runs(api: Client, database: Database, counters: Counters) -> None:
    """A busy workflow of two years, as retention leaves its counters, beside one that ran ten times."""
    few = Counters(api, database, (await api.created(workflow()))["id"])
    await few.add("accepted", 10)
    await few.add("completed", 10)
    await database.execute(_YEARS, org=api.org_id, workflow=counters.workflow_id, today=TODAY)
    await counters.add("accepted", 400_000_000, FOLDED)
    await database.execute("ANALYZE workflow_counts")
    plans = [
        await explained(api, counts_statement(api.org_id, one.workflow_id, FIRST), MODES[0]) for one in (few, counters)
    ]
    for plan in plans:
        assert "workflow_counts" in relations(plan)
        assert len(relations(plan)) == 1
    assert blocks(plans[1]) < 200
    assert (await counters.shown())["total_runs"] == 16 * 40 * 1_000_000 + 400_000_000


def relations(plan: dict[str, Any]) -> list[str]:
    own = [plan["Relation Name"]] if "Relation Name" in plan else []
    return own + [name for child in plan.get("Plans", ()) for name in relations(child)]
