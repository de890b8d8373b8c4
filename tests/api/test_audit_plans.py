"""What reading a long audit log costs the database, as it says itself."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.audit.repository import entries_statement
from app.audit.schemas import AuditQuery
from app.core.ids import AUDIT_ENTRY, lower_bound
from tests.fixtures.api import Client, Database

NEWEST = datetime(2026, 1, 15, 12, tzinfo=UTC)
ENTRIES = 40_000
LIMIT = 10
# An entry a minute, every 100th our organization's, of which every tenth is rare in each column.
HISTORY = """
    INSERT INTO audit_log (id, org_id, at, actor, address, action, resource_type, resource_id)
    SELECT id, CASE number % 100 WHEN 0 THEN :org ELSE 'other' END, at, word, '', word, word, word
    FROM unnest(CAST(:ids AS text[]), CAST(:moments AS timestamptz[])) WITH ORDINALITY AS given(id, at, number)
    CROSS JOIN LATERAL (SELECT CASE number % 1000 WHEN 0 THEN 'rare' ELSE 'often' END AS word) AS named
"""
Plan = dict[str, Any]


@pytest.fixture(scope="module")
def postgres_url(make_database: Callable[[], str]) -> str:
    """Return a database of its own, whose statistics are those of a long log."""
    return make_database()


@pytest.fixture
async def history(api: Client, database: Database) -> str:
    """Return the id of an entry in the middle."""
    moments = [NEWEST - timedelta(minutes=minutes) for minutes in range(ENTRIES, 0, -1)]
    ids = [lower_bound(AUDIT_ENTRY, moment) for moment in moments]
    await database.execute("TRUNCATE audit_log")
    await database.execute(HISTORY, org=api.org_id, ids=ids, moments=moments)
    await database.execute("ANALYZE audit_log")
    return ids[ENTRIES // 2]


async def explained(api: Client, query: AuditQuery) -> Plan:
    """Return how the API's own role executes the statement."""
    engine = api.app.state.resources.engine
    compiled = entries_statement(api.org_id, query).compile(dialect=engine.dialect)
    given = ", ".join(f"'{compiled.params[name]}'" for name in compiled.positiontup or ())
    async with engine.begin() as connection:
        await connection.execute(text("SELECT set_config('app.org_id', :org, true)"), {"org": api.org_id})
        await connection.exec_driver_sql(f"PREPARE entries AS {compiled}")
        found = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE entries({given})")
        explanation = found.scalar_one()
        await connection.exec_driver_sql("DEALLOCATE entries")
    plan: Plan = (json.loads(explanation) if isinstance(explanation, str) else explanation)[0]["Plan"]
    return plan


def steps(plan: Plan) -> Iterator[Plan]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from steps(child)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({}, "ix_audit_log_org_id_id"),
        ({"actor": "rare"}, "ix_audit_log_org_id_actor_id"),
        ({"action": "rare"}, "ix_audit_log_org_id_action_id"),
        ({"resource_type": "rare"}, "ix_audit_log_org_id_resource_type_id"),
        ({"resource_id": "rare"}, "ix_audit_log_org_id_resource_id_id"),
    ],
)
async def test_reading_walks_an_index_and_no_further_than_it_must(
    api: Client, history: str, query: dict[str, str], index: str
) -> None:
    for deeper in ({}, {"before": history}):
        plan = list(steps(await explained(api, AuditQuery(limit=LIMIT, **query, **deeper))))
        assert {step["Index Name"] for step in plan if "Index Name" in step} == {index}
        assert [step for step in plan if step["Node Type"] == "Seq Scan" or step.get("Rows Removed by Filter")] == []
        assert max(step["Actual Rows"] for step in plan) <= LIMIT


async def test_a_span_in_the_past_is_not_reached_by_reading_what_came_after(api: Client, history: str) -> None:
    asked = AuditQuery.model_validate({"from": "2026-01-10T00:00:00Z", "to": "2026-01-10T20:00:00Z"})
    scan = list(steps(await explained(api, asked)))[-1]
    assert history
    assert scan["Rows Removed by Filter"] <= 2
    assert scan["Actual Rows"] == 12
