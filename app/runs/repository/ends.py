"""Every end of a run, whoever commits it, goes through `end_runs`: it closes, resolves, cascades and counts.

Lock order, here and everywhere: run rows by id, then their waits, then counters by key.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.ids import LOG
from app.core.json import JsonValue, dumps
from app.runs.repository.counts import Scribe, add_counts
from app.runs.states import CANCELLED, TERMINAL, RunStatus

# Parents of the runs, and the children that they and their unheld children wait for.
_FAMILY = text("""
    WITH RECURSIVE ending(id) AS (
        SELECT unnest(CAST(:ids AS text[])) COLLATE "C"
        UNION
        SELECT wait.child_run_id FROM ending
        JOIN run_waits wait ON wait.run_id = ending.id AND wait.child_run_id IS NOT NULL AND wait.resolved_at IS NULL
        JOIN runs ON runs.id = ending.id
        WHERE runs.id = ANY(:ids) OR runs.lease_owner IS NULL
    )
    SELECT id FROM ending
    UNION
    SELECT wait.run_id FROM ending JOIN run_waits wait ON wait.child_run_id = ending.id
""")
_LOCK = text("""
    SELECT id, org_id, workflow_id, status, lease_owner, fence, cancel_requested_at
    FROM runs WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE
""")
_CHILDREN = text("""
    SELECT run_id, child_run_id FROM run_waits
    WHERE run_id = ANY(:ids) AND child_run_id IS NOT NULL AND resolved_at IS NULL
""")
_END = text("""
    UPDATE runs SET status = ended.status, error_message = ended.error_message, completed_at = :now,
        ready = false, due_at = NULL, lease_owner = NULL,
        active_ms = active_ms + CASE WHEN lease_owner IS NULL THEN 0
            ELSE greatest(0, (extract(epoch FROM :now - claimed_at) * 1000)::bigint) END
    FROM (SELECT unnest(CAST(:ids AS text[])) AS id, unnest(CAST(:statuses AS text[])) AS status,
                 unnest(CAST(:messages AS text[])) AS error_message) AS ended
    WHERE runs.id = ended.id
""")
_CLOSE_WAITS = text("""
    DELETE FROM run_waits wait USING runs, LATERAL (
        SELECT coalesce(max(seq), 0) AS last FROM run_logs WHERE run_logs.run_id = runs.id
    ) AS journal
    WHERE wait.run_id = ANY(:ids) AND runs.id = wait.run_id
    RETURNING wait.run_id, wait.path, wait.node_id, wait.attempt, wait.component_id, wait.org_id,
              runs.workflow_id, runs.fence, journal.last
""")
_LOG_CLOSED_WAITS = text("""
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    VALUES (:run_id, :path, :node_id, :attempt, :id, :org_id, :workflow_id, :seq, :component_id, 'warning',
            CAST(:output AS json), NULL, :fence, :now, 0, :now)
    ON CONFLICT DO NOTHING
""")
_RESOLVE_PARENTS = text("""
    UPDATE run_waits SET resolved_at = :now, resolution = CAST(ended.resolution AS json)
    FROM (SELECT unnest(CAST(:ids AS text[])) AS id, unnest(CAST(:resolutions AS text[])) AS resolution) AS ended
    WHERE run_waits.child_run_id = ended.id AND run_waits.resolved_at IS NULL
    RETURNING run_waits.run_id
""")
_MAKE_READY = text("""
    UPDATE runs SET ready = true, due_at = :now
    WHERE id = ANY(:ids) AND lease_owner IS NULL AND status NOT IN ('completed', 'failed')
    RETURNING id
""")
_ASK_TO_CANCEL = text("""
    UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, :now)
    WHERE id = ANY(:ids) RETURNING id, lease_owner
""")


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ends. `output` is its result, handed to a waiting parent."""

    run_id: str
    status: RunStatus
    error_message: str | None = None
    output: JsonValue = None


@dataclass(frozen=True, slots=True)
class LockedRun:
    """What a run row says under its lock."""

    id: str
    org_id: str
    workflow_id: str
    status: RunStatus
    lease_owner: str | None
    fence: int
    cancel_requested_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.status not in TERMINAL


@dataclass(slots=True)
class Echo:
    """What has to be said once the transaction is committed: runs that are due, and owners to tell."""

    rings: list[str] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: "Echo") -> None:
        self.rings += other.rings
        self.notices += other.notices


async def lock_runs(connection: AsyncConnection, run_ids: Iterable[str]) -> dict[str, LockedRun]:
    """Lock rows in id order, so that two transactions never wait for each other in a circle."""
    rows = await connection.execute(_LOCK, {"ids": sorted(set(run_ids))})
    return {row.id: LockedRun(**(row._asdict() | {"status": RunStatus(row.status)})) for row in rows}


async def lock_with_family(
    connection: AsyncConnection, ending: Sequence[str], others: Iterable[str] = ()
) -> dict[str, LockedRun]:
    """Lock the runs that end, their waiting parents and awaited children, and `others`, all in one statement."""
    family = (await connection.execute(_FAMILY, {"ids": list(ending)})).scalars().all() if ending else []
    return await lock_runs(connection, [*family, *others])


async def end_runs(
    connection: AsyncConnection, ends: Sequence[RunEnd], locked: dict[str, LockedRun], scribe: Scribe
) -> Echo:
    """End live runs that the caller has locked with their family; runs that ended meanwhile are left as they are."""
    echo = Echo()
    pending = [end for end in ends if locked[end.run_id].is_live]
    while pending:
        ids = [end.run_id for end in pending]
        children = await _awaited_children(connection, ids, locked)
        await _close(connection, pending, scribe)
        await add_counts(connection, _endings(pending, locked), scribe)
        echo.add(await _resolve_parents(connection, pending, locked, scribe))
        for run_id in ids:
            locked.pop(run_id)
        held = [child.id for child in children if child.lease_owner is not None]
        echo.add(await ask_to_cancel(connection, held, scribe.now))
        pending = [RunEnd(child.id, RunStatus.FAILED, CANCELLED) for child in children if child.lease_owner is None]
    return echo


async def ask_to_cancel(connection: AsyncConnection, run_ids: Sequence[str], now: datetime) -> Echo:
    """Leave a request for the owners of leased runs, whose rows the caller has locked."""
    if not run_ids:
        return Echo()
    rows = (await connection.execute(_ASK_TO_CANCEL, {"ids": list(run_ids), "now": now})).all()
    return Echo(notices=[(row.lease_owner, row.id) for row in rows if row.lease_owner is not None])


async def _awaited_children(
    connection: AsyncConnection, ids: Sequence[str], locked: dict[str, LockedRun]
) -> list[LockedRun]:
    rows = (await connection.execute(_CHILDREN, {"ids": ids})).all()
    children = [row.child_run_id for row in rows if row.child_run_id not in ids]  # those end by themselves
    # A child that was inserted, or given up by its owner, after the family was listed is not locked yet.
    unknown = [child for child in children if child not in locked]
    if unknown:
        locked.update(await lock_with_family(connection, unknown))
    return [locked[child] for child in children if child in locked and locked[child].is_live]


async def _close(connection: AsyncConnection, ends: Sequence[RunEnd], scribe: Scribe) -> None:
    parameters = {
        "ids": [end.run_id for end in ends],
        "statuses": [end.status for end in ends],
        "messages": [end.error_message for end in ends],
        "now": scribe.now,
    }
    await connection.execute(_END, parameters)
    closed = (await connection.execute(_CLOSE_WAITS, {"ids": parameters["ids"]})).all()
    if not closed:
        return
    seqs: Counter[str] = Counter()
    rows = []
    for wait in closed:
        seqs[wait.run_id] += 1
        row = {
            key: getattr(wait, key)
            for key in ("run_id", "path", "node_id", "attempt", "org_id", "workflow_id", "fence")
        }
        rows.append(
            row
            | {"id": scribe.ids.new(LOG), "seq": wait.last + seqs[wait.run_id], "component_id": wait.component_id}
            | {"output": dumps({"message": "The run ended while this step was waiting."}), "now": scribe.now}
        )
    await connection.execute(_LOG_CLOSED_WAITS, rows)


def _endings(ends: Sequence[RunEnd], locked: dict[str, LockedRun]) -> Counter[tuple[str, str, str]]:
    runs = [(locked[end.run_id], end.status) for end in ends]
    return Counter((run.org_id, run.workflow_id, status.value) for run, status in runs)


async def _resolve_parents(
    connection: AsyncConnection, ends: Sequence[RunEnd], locked: dict[str, LockedRun], scribe: Scribe
) -> Echo:
    resolutions = [
        dumps({"run_id": end.run_id, "status": end.status, "output": end.output, "error_message": end.error_message})
        for end in ends
    ]
    parameters = {"ids": [end.run_id for end in ends], "resolutions": resolutions, "now": scribe.now}
    parents = list((await connection.execute(_RESOLVE_PARENTS, parameters)).scalars())
    if not parents:
        return Echo()
    ready = await connection.execute(_MAKE_READY, {"ids": parents, "now": scribe.now})
    owners = [(run.lease_owner, run.id) for run in map(locked.get, parents) if run is not None]
    return Echo(rings=list(ready.scalars()), notices=[(owner, run_id) for owner, run_id in owners if owner is not None])
