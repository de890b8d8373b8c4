"""What pages of logs cost the database, as it says itself: as much at 200,000 logs as at 1,000."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Select

from app.core.ids import LOG, RUN, lower_bound
from app.logs.repository.pages import BY_INDEX, LOOKED_AT, LogListing, page_statement, recent_statement
from app.models.partitions import ensure_partitions
from tests.api.plans import MODES, Plan, blocks, explained, nodes, rows_read
from tests.factories.workflows import workflow
from tests.fixtures.api import Client, Database

FEW, MANY = 1_000, 200_000
LIMIT = 100
NOW = datetime(2026, 7, 1, tzinfo=UTC)  # five months of logs lie before
MONTHS = [datetime(2026, month, 10, tzinfo=UTC) for month in (2, 3, 4, 5, 6)]
# A run has ten logs, one in a hundred logs is an error.
_LOGS = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    SELECT :run || lpad(CAST(number / 10 AS text), 16, '0'), '', 'n' || number % 10, 1,
           :log || lpad(CAST(number AS text), 16, '0'), :org, :workflow, number % 10, 'text_transform',
           CASE WHEN number % 100 = 0 THEN 'error' ELSE 'success' END, '{"text": "Hello!"}', 'default', 1, :at, 1, :at
    FROM generate_series(1, :count) AS number
"""


@pytest.fixture(scope="module")
def postgres_url(make_database: Callable[[], str]) -> str:
    """Return a database of its own, for its statistics."""
    return make_database()


@pytest.fixture
async def sizes(api: Client, database: Database) -> dict[int, str]:
    """Return a workflow with few logs and one with many, spread over months, beside each other."""
    for month in MONTHS[1::3]:
        await ensure_partitions(database.engine, month)
    found = {}
    for size in (FEW, MANY):
        found[size] = str((await api.created(workflow()))["id"])
        for number, at in enumerate(MONTHS):
            moment = at + timedelta(milliseconds=size + number)
            named = {"run": lower_bound(RUN, moment)[:-16], "log": lower_bound(LOG, moment)[:-16]}
            count = {"count": size // len(MONTHS), "org": api.org_id, "workflow": found[size], "at": moment}
            await database.execute(_LOGS, **named, **count)
    return found


ASKED: list[dict[str, Any]] = [{}, {"status": "error"}, {"status": "success"}]
ORDERED = 1.2 * LIMIT + 2 * len(MONTHS)  # rows that a page may read: itself, and one of each month


class Costs:
    """What the pages of logs of two workflows cost under one kind of plan."""

    def __init__(self, api: Client, sizes: dict[int, str], mode: str) -> None:
        self._api = api
        self._sizes = sizes
        self._mode = mode

    async def of(self, size: int, **asked: Any) -> Plan:
        return await self.of_statement(page_statement(self._api.org_id, LogListing(self._sizes[size], LIMIT, **asked)))

    async def of_statement(self, statement: Select[Any]) -> Plan:
        return await explained(self._api, statement, self._mode, BY_INDEX)

    async def assert_bounded(self) -> None:
        await self._assert_pages()
        assert rows_read(await self.of(MANY, node_id="unknown")) <= LOOKED_AT + 2 * len(MONTHS)
        day = {"since": MONTHS[1], "until": MONTHS[1] + timedelta(days=1)}
        assert rows_read(await self.of(MANY, **day)) <= ORDERED
        a_run = lower_bound(RUN, MONTHS[2] + timedelta(milliseconds=MANY + 2))[:-16] + f"{77:016}"
        of_run = await self.of(MANY, run_id=a_run)
        assert (of_run["Actual Rows"], rows_read(of_run)) == (10, 10)
        recent = await self.of_statement(recent_statement(self._api.org_id))
        assert (recent["Actual Rows"], rows_read(recent) <= 2 * ORDERED) == (2, True)

    async def _assert_pages(self) -> None:
        for asked in ASKED:
            few, many = await self.of(FEW, **asked), await self.of(MANY, **asked)
            assert "Sort" not in {step["Node Type"] for step in nodes(many)}
            assert rows_read(many) <= ORDERED
            assert blocks(many) <= max(3 * blocks(few), 2 * rows_read(many))


async def test_costs_do_not_grow_with_how_many_logs_there_are(
    api: Client, database: Database, sizes: dict[int, str]
) -> None:
    """One test for all, since filling the database takes longer than asking it; before and after its statistics."""
    for statistics in ("SELECT 1", "ANALYZE run_logs"):
        await database.execute(statistics)
        for mode in MODES:
            await Costs(api, sizes, mode).assert_bounded()
