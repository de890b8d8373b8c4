"""Nobody asks for anything: what the processes then ask of Postgres."""

import asyncio

import pytest

from tests.faults.system import System

pytestmark = pytest.mark.faults

STARTED_SECONDS = 6.0  # after these, what a start costs is over
WINDOW_SECONDS = 20.0
PER_MINUTE = 60

_CALLS = """
    SELECT coalesce(sum(calls), 0)::int FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND userid IN (SELECT oid FROM pg_roles WHERE rolname IN ('virga_api', 'virga_worker', 'virga_starter'))
"""


async def test_api_and_worker_send_less_than_a_statement_a_second(system: System) -> None:
    """60 a minute for both together, shown for a third of one; beats and looks are what remains."""
    await system.worker()
    await asyncio.sleep(STARTED_SECONDS)
    [before] = await system.rows(_CALLS)
    await asyncio.sleep(WINDOW_SECONDS)
    [after] = await system.rows(_CALLS)
    assert 0 < after[0] - before[0] < PER_MINUTE * WINDOW_SECONDS / 60
    await system.verify()
