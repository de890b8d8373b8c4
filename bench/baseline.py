"""The same work without a product: one run's three commits by bare asyncpg, on the same tables of the same server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

import asyncpg
from sqlalchemy import make_url

from app.cli.migrate import migrate
from app.core.clock import Clock
from app.core.ids import RUN, IdSource

DATABASE = "bench"

# Each statement is a transaction of its own, and does in one round trip all that its commit has to.
_START = """
    WITH started AS (
        INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, started_by,
                          ready, due_at, created_at)
        SELECT id, 'bench', 'fl_bench', 1, 'pending', 'manual',
               '{"context":{"user_id":"usr_123","site_id":"site_456"}}', 'me', true, now(), now()
        FROM unnest($1::text[]) AS id
    )
    INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
    VALUES ('bench', 'fl_bench', 'accepted', current_date, $2, cardinality($1))
    ON CONFLICT (workflow_id, status, day, shard) DO UPDATE SET count = workflow_counts.count + excluded.count
"""
_CLAIM = """
    WITH claimed AS (
        UPDATE runs SET status = 'running', ready = false, due_at = NULL, fence = fence + 1, lease_owner = $2::text,
            claimed_at = now(), started_at = now()
        WHERE id = ANY($1) AND ready
        RETURNING id
    )
    INSERT INTO run_logs (id, org_id, workflow_id, run_id, seq, node_id, component_id, status, output, handle, attempt,
                          fence, started_at, duration_ms, created_at)
    SELECT 'fl_log_' || substr(id, 8) || '1', 'bench', 'fl_bench', id, 1, 'n1', 'manual_trigger', 'success',
           '{"user_id":"usr_123","site_id":"site_456"}', 'default', 1, 1, now(), 0, now()
    FROM claimed
"""
_END = """
    WITH ended AS (
        UPDATE runs SET status = 'completed', lease_owner = NULL, completed_at = now(), active_ms = active_ms + 1
        WHERE id = ANY($1) AND lease_owner IS NOT NULL
        RETURNING id
    ), counted AS (
        INSERT INTO workflow_counts (org_id, workflow_id, status, day, shard, count)
        VALUES ('bench', 'fl_bench', 'completed', current_date, $2, cardinality($1))
        ON CONFLICT (workflow_id, status, day, shard) DO UPDATE SET count = workflow_counts.count + excluded.count
    )
    INSERT INTO run_logs (id, org_id, workflow_id, run_id, seq, node_id, component_id, status, output, handle, attempt,
                          fence, started_at, duration_ms, created_at)
    SELECT 'fl_log_' || substr(id, 8) || '2', 'bench', 'fl_bench', id, 2, 'n2', 'webhook', 'success',
           '{"status_code":200,"headers":{"content-type":"application/json","content-length":"15"},"body":{"welcome":"1"}}',
           'default', 1, 1, now(), 1, now()
    FROM ended
"""
_UNFINISHED = """
    SELECT (SELECT count(*) FROM runs WHERE status <> 'completed')
         + abs((SELECT count(*) FROM run_logs) - 2 * (SELECT count(*) FROM runs))
"""


@dataclass(frozen=True, slots=True)
class Work:
    """What a bare loop does: runs of one commit, on so many connections."""

    batch: int
    connections: int
    commits: int = 3  # 1: only accept the runs


class BareLoop:
    """One connection's way of doing what Virga does."""

    def __init__(self, connection: asyncpg.Connection, number: int) -> None:
        self._connection = connection
        self._shard = number  # a row of the counters for itself, so that nobody waits for anybody
        self._ids = IdSource(Clock())

    def new_ids(self, count: int) -> list[str]:
        return [self._ids.new(RUN) for _ in range(count)]

    async def start(self, ids: list[str]) -> None:
        await self._connection.execute(_START, ids, self._shard)

    async def claim(self, ids: list[str]) -> None:
        await self._connection.execute(_CLAIM, ids, f"bench-{self._shard}")

    async def end(self, ids: list[str]) -> None:
        await self._connection.execute(_END, ids, self._shard)

    async def repeat(self, work: Work, seconds: float) -> int:
        """Work for so long; return the runs done."""
        until = perf_counter() + seconds
        done = 0
        while perf_counter() < until:
            ids = self.new_ids(work.batch)
            await self.start(ids)
            if work.commits > 1:
                await self.claim(ids)
                await self.end(ids)
            done += work.batch
        return done


@asynccontextmanager
async def bare_loops(url: str, number: int) -> AsyncIterator[list[BareLoop]]:
    """Open connections to a database made by `make_database`, without what is in it."""
    connections = [await asyncpg.connect(url) for _ in range(number)]
    try:
        await connections[0].execute("TRUNCATE runs, run_logs, workflow_counts")
        yield [BareLoop(connection, shard) for shard, connection in enumerate(connections)]
    finally:
        for connection in connections:
            await connection.close()


async def runs_per_second(url: str, work: Work, seconds: float) -> float:
    """Measure a kind of work. Raises `RuntimeError` where it left anything undone."""
    async with bare_loops(url, work.connections) as loops:
        begun_at = perf_counter()
        done = sum(await asyncio.gather(*(loop.repeat(work, seconds) for loop in loops)))
        took = perf_counter() - begun_at
    if work.commits > 1:
        await _refuse_unfinished(url)
    return done / took


async def _refuse_unfinished(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        unfinished = await connection.fetchval(_UNFINISHED)
    finally:
        await connection.close()
    if unfinished:
        raise RuntimeError(f"The bare loop left {unfinished} rows undone; its figures say nothing.")


async def make_database(server_url: str) -> str:
    """Make an empty database with the product's schema beside the product's own, and return its URL."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        await connection.close()
    url = make_url(server_url).set(database=DATABASE).render_as_string(hide_password=False)
    await asyncio.to_thread(migrate, url, Clock())
    return url
