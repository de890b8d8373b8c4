"""Versions of workflows that nobody needs: not among the last ones, and named by no run."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

KEPT = 50  # newest versions of each workflow, whether or not a run names them
BATCH = 500  # versions looked at in a transaction

# Workflows with few versions cost no more than their own row, and each other version one look into an index of runs.
_OLD = text("""
    SELECT old.workflow_id, old.version FROM workflows CROSS JOIN LATERAL (
        SELECT workflow_id, version FROM workflow_versions
        WHERE workflow_id = workflows.id AND version <= workflows.version - :kept
          AND (workflow_id > :workflow OR version > :version)
        ORDER BY version LIMIT :batch
    ) AS old
    WHERE workflows.id >= :workflow AND workflows.version > :kept
    ORDER BY old.workflow_id, old.version LIMIT :batch
""")
_DELETE = text("""
    DELETE FROM workflow_versions AS saved
    USING unnest(CAST(:workflows AS text[]), CAST(:versions AS integer[])) AS old(workflow_id, version)
    WHERE saved.workflow_id = old.workflow_id AND saved.version = old.version AND NOT EXISTS (
        SELECT FROM runs WHERE runs.workflow_id = old.workflow_id AND runs.workflow_version = old.version
    )
""")


@dataclass(frozen=True, slots=True)
class Place:
    """How far the versions of all workflows have been looked through, in the order of their keys."""

    workflow_id: str
    version: int


START = Place("", 0)


async def remove_unnamed(connection: AsyncConnection, after: Place) -> Place | None:
    """Look at a batch of old versions and delete those that no run names. Returns the next place, None at the end."""
    asked = {"workflow": after.workflow_id, "version": after.version, "kept": KEPT, "batch": BATCH}
    rows = (await connection.execute(_OLD, asked)).all()
    if not rows:
        return None
    named = {"workflows": [row.workflow_id for row in rows], "versions": [row.version for row in rows]}
    await connection.execute(_DELETE, named)
    return Place(rows[-1].workflow_id, rows[-1].version) if len(rows) == BATCH else None
