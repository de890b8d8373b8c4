"""Runs that other runs start: inserted and counted in the transaction that records what the calling step came to."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.statements import Driver, Statement
from app.models.counts import ACCEPTED
from app.runs.repository.counts import ADD, IN_ORDER, Scribe
from app.runs.repository.starts import AcceptedRun

# A child that is there already was inserted by this very transaction, whose answer was lost: it is not counted again.
_INSERT = Statement(f"""
    WITH child AS (
        SELECT * FROM unnest(
            CAST(:ids AS text[]), CAST(:orgs AS text[]), CAST(:workflows AS text[]), CAST(:versions AS integer[]),
            CAST(:trigger_types AS text[]), CAST(:payloads AS text[]), CAST(:starters AS text[]),
            CAST(:parents AS text[]), CAST(:depths AS smallint[]), CAST(:moments AS timestamptz[])
        ) AS run(id, org_id, workflow_id, workflow_version, trigger_type, payload, started_by, parent_run_id, depth,
                 created_at)
    ), inserted AS (
        INSERT INTO runs (id, org_id, workflow_id, workflow_version, status, trigger_type, trigger_payload, started_by,
                          parent_run_id, depth, ready, due_at, created_at)
        SELECT id, org_id, workflow_id, workflow_version, 'pending', trigger_type, payload::json, started_by,
               parent_run_id, depth, true, created_at, created_at
        FROM child
        ON CONFLICT DO NOTHING
        RETURNING org_id, workflow_id
    )
    {ADD} SELECT org_id, workflow_id, '{ACCEPTED}' AS status, CAST(:day AS date), CAST(:shard AS smallint), count(*)
    FROM inserted GROUP BY org_id, workflow_id {IN_ORDER}
""")  # noqa: S608 -- made of constants


@dataclass(frozen=True, slots=True)
class ChildRun:
    """A run that a step of another one starts. Its id is decided before it is written, however often that is tried.

    `is_awaited`: the step waits for its end. `depth` is how many runs stand above it.
    """

    run: AcceptedRun
    parent_run_id: str
    depth: int
    is_awaited: bool


async def insert_children(driver: Driver, children: Sequence[ChildRun], scribe: Scribe) -> None:
    """Insert runs whose parents' rows the caller has locked, and count them, in one statement.

    Counters are locked last of all: the caller has nothing else to lock afterwards.
    """
    if children:
        await _INSERT.rows(driver, {**_columns(children), "day": scribe.now.date(), "shard": scribe.shard})


def _columns(children: Sequence[ChildRun]) -> dict[str, list[object]]:
    runs = [child.run for child in children]
    return {
        "ids": [run.id for run in runs],
        "orgs": [run.start.org_id for run in runs],
        "workflows": [run.start.workflow_id for run in runs],
        "versions": [run.start.workflow_version for run in runs],
        "trigger_types": [run.start.trigger_type for run in runs],
        "payloads": [run.start.payload for run in runs],
        "starters": [run.start.started_by for run in runs],
        "parents": [child.parent_run_id for child in children],
        "depths": [child.depth for child in children],
        "moments": [run.created_at for run in runs],
    }
