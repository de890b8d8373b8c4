"""Logs put straight into the database, where the API is to list what many runs have written."""

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.core.ids import LOG, lower_bound
from app.core.json import dumps
from tests.fixtures.api import Database

LOGGED_AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
_RANDOM_DIGITS = 16  # of a ULID; here a number that grows with each log
_numbers = itertools.count(1)

_LOGS = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    SELECT runs.id, :path, coalesce(:node, log.id), log.seq, log.id, org_id, workflow_id, log.seq, 'text_transform',
           :status, CAST(:output AS json), 'default', 1, log.at, 7, log.at
    FROM runs, unnest(CAST(:logs AS text[]), CAST(:moments AS timestamptz[])) WITH ORDINALITY AS log(id, at, seq)
    WHERE runs.id = :run
"""


async def add_logs(
    database: Database,
    run_id: str,
    *,
    count: int = 1,
    seconds_apart: float = 0,
    status: str = "success",
    node_id: str | None = None,
    path: str = "",
    output: Mapping[str, object] | None = None,
) -> list[str]:
    """Let a run log, the first at `LOGGED_AT`, without a name of the node each at one of its own; return the ids."""
    moments = [LOGGED_AT + timedelta(seconds=number * seconds_apart) for number in range(count)]
    logs = [f"{lower_bound(LOG, at)[:-_RANDOM_DIGITS]}{next(_numbers):0{_RANDOM_DIGITS}}" for at in moments]
    said = {"status": status, "output": dumps(output or {})}
    await database.execute(_LOGS, run=run_id, logs=logs, moments=moments, node=node_id, path=path, **said)
    return logs
