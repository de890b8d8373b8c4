"""What the processes use: CPU, memory, and the database's statements and commits."""

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import asyncpg
import psutil

_MEBIBYTE = 1024 * 1024
# What is asked here does not count.
_USED = """
    SELECT (SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_statements
            WHERE query NOT LIKE '%pg_stat_statements%') AS statements,
           (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS commits
"""
_LIVE = "SELECT count(*) FROM runs WHERE status NOT IN ('completed', 'failed')"
_STATES = "SELECT status, count(*) FROM runs GROUP BY status"
_FATES = """
    SELECT format('%s: %s, steps recorded: %s', id, concat_ws(', ', status, error_message), (
               SELECT string_agg(concat_ws(' ', node_id, log.status, output->>'message'), ', ' ORDER BY seq)
               FROM run_logs log WHERE run_id = runs.id
           )) AS fate
    FROM runs WHERE id = ANY($1) ORDER BY id LIMIT 5
"""


_LASTED = """
    SELECT extract(epoch FROM completed_at - started_at)::float FROM runs
    WHERE id = $1 AND status IN ('completed', 'failed')
"""


@dataclass(frozen=True, slots=True)
class Used:
    """Readings since some start, or the difference between two. CPU in seconds, by process."""

    cpu: Mapping[str, float]
    statements: int
    commits: int

    def since(self, before: "Used") -> "Used":
        cpu = {name: seconds - before.cpu[name] for name, seconds in self.cpu.items()}
        return Used(cpu, self.statements - before.statements, self.commits - before.commits)


class Meter:
    """Reads what `processes` and their children use; `connection` is one of the database's owner."""

    def __init__(self, processes: Mapping[str, psutil.Process], connection: asyncpg.Connection) -> None:
        self._processes = processes
        self._connection = connection

    async def read(self) -> Used:
        row = await self._connection.fetchrow(_USED)
        cpu = {name: _cpu_seconds(process) for name, process in self._processes.items()}
        return Used(cpu, row["statements"], row["commits"])

    async def live_runs(self) -> int:
        return int(await self._connection.fetchval(_LIVE))

    async def lasted(self, run_id: str) -> float | None:
        """Return the seconds from a run's claim to its end; None before that."""
        seconds = await self._connection.fetchval(_LASTED, run_id)
        return None if seconds is None else float(seconds)

    async def states(self) -> dict[str, int]:
        """Return how many runs there are in each state."""
        return {row["status"]: row["count"] for row in await self._connection.fetch(_STATES)}

    async def fates(self, run_ids: Collection[str]) -> str:
        """Say what became of a few of the runs."""
        return "; ".join(row["fate"] for row in await self._connection.fetch(_FATES, list(run_ids)))

    def resident(self, name: str) -> float:
        """Return the MiB of memory that a process holds."""
        return float(self._processes[name].memory_info().rss) / _MEBIBYTE


def _cpu_seconds(process: psutil.Process) -> float:
    own = process.cpu_times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # its time is its parent's from now on
            times = child.cpu_times()
            total += times.user + times.system
    return float(total)
