"""Every end of a run, whoever commits it, goes through `end_runs`: it closes, resolves, cascades and counts."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.core.ids import LOG
from app.core.json import JsonObject, JsonValue, dumps
from app.core.statements import Driver, Statement
from app.models.counts import of_logs
from app.runs.repository.counts import ADD, IN_ORDER, Scribe
from app.runs.repository.locks import LockedRun, lock_with_family
from app.runs.states import CANCELLED, RunStatus

# Most runs that end wait for nothing, and nobody waits for them: then this is all there is to ask.
_WAITS = Statement("""
    SELECT false AS is_parents, CASE WHEN resolved_at IS NULL THEN child_run_id END AS awaited
    FROM run_waits WHERE run_id = ANY(:ids)
    UNION ALL
    SELECT true, NULL FROM run_waits WHERE child_run_id = ANY(:ids) AND resolved_at IS NULL
""")
_CLOSE_WAITS = Statement("""
    DELETE FROM run_waits wait USING runs, LATERAL (
        SELECT coalesce(max(seq), 0) AS last FROM run_logs WHERE run_logs.run_id = runs.id
    ) AS journal
    WHERE wait.run_id = ANY(:ids) AND runs.id = wait.run_id
    RETURNING wait.run_id, wait.path, wait.node_id, wait.attempt, wait.component_id, wait.org_id,
              runs.workflow_id, runs.fence, journal.last
""")
_LOG_CLOSED_WAITS = Statement("""
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    VALUES (:run_id, :path, :node_id, :attempt, :id, :org_id, :workflow_id, :seq, :component_id, 'warning',
            CAST(:output AS json), NULL, :fence, :now, 0, :now)
    ON CONFLICT DO NOTHING
""")
# A clock may be behind that of who wrote before: no run ends before it began. The ends are counted, and what the runs
# have logged, the closed waits and what this very transaction wrote among it. The bounds let the planner leave out
# months also where it does not know the ids.
_END = Statement(f"""
    WITH ending AS (
        SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:orgs AS text[]), CAST(:workflows AS text[]),
                             CAST(:statuses AS text[]), CAST(:messages AS text[]), CAST(:answers AS text[]))
            AS run(id, org_id, workflow_id, status, error_message, answer)
    ), ended AS (
        UPDATE runs SET status = ending.status, error_message = ending.error_message,
            completed_at = greatest(:now, runs.created_at, runs.started_at), answer = ending.answer::json,
            ready = false, due_at = NULL, lease_owner = NULL,
            active_ms = active_ms + CASE WHEN lease_owner IS NULL THEN 0
                ELSE greatest(0, (extract(epoch FROM :now - claimed_at) * 1000)::bigint) END
        FROM ending WHERE runs.id = ending.id
    ), logged AS (
        SELECT run_id, status, count(*) AS logs FROM run_logs
        WHERE run_id = ANY(:ids) AND run_id >= :first AND run_id <= :last AND NOT inherited
        GROUP BY run_id, status
    ), added AS (
        SELECT org_id, workflow_id, status, 1 AS count FROM ending
        UNION ALL
        SELECT org_id, workflow_id, '{of_logs("")}' || logged.status, logs FROM logged JOIN ending ON id = run_id
    )
    {ADD} SELECT org_id, workflow_id, status, CAST(:day AS date), CAST(:shard AS smallint), sum(count) FROM added
    GROUP BY org_id, workflow_id, status {IN_ORDER}
""")  # noqa: S608 -- made of constants
_RESOLVE_PARENTS = Statement("""
    UPDATE run_waits SET resolved_at = :now, resolution = CAST(ended.resolution AS json)
    FROM (SELECT unnest(CAST(:ids AS text[])) AS id, unnest(CAST(:resolutions AS text[])) AS resolution) AS ended
    WHERE run_waits.child_run_id = ended.id AND run_waits.resolved_at IS NULL
    RETURNING run_waits.run_id
""")
MAKE_READY = Statement("""
    UPDATE runs SET ready = true, due_at = :now
    WHERE id = ANY(:ids) AND lease_owner IS NULL AND status NOT IN ('completed', 'failed')
    RETURNING id
""")
_ASK_TO_CANCEL = Statement("""
    UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, :now)
    WHERE id = ANY(:ids) RETURNING id, lease_owner
""")


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ends. `output` is its result, handed to a waiting parent; `answer` what a waiting caller gets."""

    run_id: str
    status: RunStatus
    error_message: str | None = None
    output: JsonValue = None
    answer: JsonObject | None = None


@dataclass(slots=True)
class Echo:
    """What has to be said once the transaction is committed: runs that are due, that ended, and owners to tell."""

    rings: list[str] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def add(self, other: "Echo") -> None:
        self.rings += other.rings
        self.notices += other.notices
        self.ended += other.ended


async def end_runs(driver: Driver, ends: Sequence[RunEnd], locked: dict[str, LockedRun], scribe: Scribe) -> Echo:
    """End live runs that the caller has locked with their family; runs that ended meanwhile are left as they are.

    Who was told that a run is being cancelled was told the truth: it ends so, whatever it came to until then.
    """
    echo = Echo()
    pending = [_as_asked(end, locked[end.run_id]) for end in ends if locked[end.run_id].is_live]
    while pending:
        ids = [end.run_id for end in pending]
        echo.ended += ids
        waits = await _WAITS.rows(driver, {"ids": ids})
        children = await _live_children(driver, {wait.awaited for wait in waits} - {None, *ids}, locked)
        if any(not wait.is_parents for wait in waits):
            await _close_waits(driver, ids, scribe)
        await _end(driver, pending, locked, scribe)
        if any(wait.is_parents for wait in waits):
            echo.add(await _resolve_parents(driver, pending, locked, scribe))
        for run_id in ids:
            locked.pop(run_id)
        held = [child.id for child in children if child.lease_owner is not None]
        echo.add(await ask_to_cancel(driver, held, scribe.now))
        pending = [RunEnd(child.id, RunStatus.FAILED, CANCELLED) for child in children if child.lease_owner is None]
    return echo


def _as_asked(end: RunEnd, run: LockedRun) -> RunEnd:
    return end if run.cancel_requested_at is None else RunEnd(run.id, RunStatus.FAILED, CANCELLED)


async def ask_to_cancel(driver: Driver, run_ids: Sequence[str], now: datetime) -> Echo:
    """Leave a request for the owners of leased runs, whose rows the caller has locked."""
    if not run_ids:
        return Echo()
    rows = await _ASK_TO_CANCEL.rows(driver, {"ids": list(run_ids), "now": now})
    return Echo(notices=[(row.lease_owner, row.id) for row in rows if row.lease_owner is not None])


async def _live_children(driver: Driver, awaited: Collection[str], locked: dict[str, LockedRun]) -> list[LockedRun]:
    # A child that was inserted, or given up by its owner, after the family was listed is not locked yet.
    unknown = [child for child in awaited if child not in locked]
    if unknown:
        locked.update(await lock_with_family(driver, unknown))
    return [locked[child] for child in sorted(awaited) if child in locked and locked[child].is_live]


async def _close_waits(driver: Driver, ids: Sequence[str], scribe: Scribe) -> None:
    closed = await _CLOSE_WAITS.rows(driver, {"ids": ids})
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
    await _LOG_CLOSED_WAITS.run_for_each(driver, rows)


async def _end(driver: Driver, ends: Sequence[RunEnd], locked: dict[str, LockedRun], scribe: Scribe) -> None:
    runs = [locked[end.run_id] for end in ends]
    ids = [run.id for run in runs]
    parameters = {
        "ids": ids,
        "first": min(ids),
        "last": max(ids),
        "orgs": [run.org_id for run in runs],
        "workflows": [run.workflow_id for run in runs],
        "statuses": [end.status for end in ends],
        "messages": [end.error_message for end in ends],
        "answers": [None if end.answer is None else dumps(end.answer) for end in ends],
        "now": scribe.now,
        "day": scribe.now.date(),
        "shard": scribe.shard,
    }
    await _END.rows(driver, parameters)


async def _resolve_parents(
    driver: Driver, ends: Sequence[RunEnd], locked: dict[str, LockedRun], scribe: Scribe
) -> Echo:
    resolutions = [
        dumps({"run_id": end.run_id, "status": end.status, "output": end.output, "error_message": end.error_message})
        for end in ends
    ]
    parameters = {"ids": [end.run_id for end in ends], "resolutions": resolutions, "now": scribe.now}
    parents = await _RESOLVE_PARENTS.column(driver, parameters)
    if not parents:
        return Echo()
    ready = await MAKE_READY.column(driver, {"ids": parents, "now": scribe.now})
    owners = [(run.lease_owner, run.id) for run in map(locked.get, parents) if run is not None]
    return Echo(rings=ready, notices=[(owner, run_id) for owner, run_id in owners if owner is not None])
