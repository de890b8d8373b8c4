"""What must be true of a database at any moment between two commits, whatever is under way."""

from app.core.json import JsonValue
from tests.faults.invariants import Asked

_LIVE = "status NOT IN ('completed', 'failed')"
# By what is wrong, statements that select what it is wrong with.
_NEVER = {
    "neither leased, nor due, nor waiting": f"""
        SELECT id FROM runs WHERE {_LIVE} AND lease_owner IS NULL AND NOT ready AND due_at IS NULL
            AND NOT EXISTS (SELECT FROM run_waits WHERE run_id = id AND resolved_at IS NULL)
    """,
    "sleeps through what it waited for": f"""
        SELECT id FROM runs WHERE {_LIVE} AND lease_owner IS NULL AND NOT ready
            AND EXISTS (SELECT FROM run_waits WHERE run_id = id AND resolved_at IS NOT NULL)
    """,
    "sleeps past its timer": f"""
        SELECT id FROM runs WHERE {_LIVE} AND lease_owner IS NULL AND NOT ready
            AND due_at IS DISTINCT FROM (SELECT min(due_at) FROM run_waits WHERE run_id = id)
    """,
    "sleeps through its cancel": f"""
        SELECT id FROM runs WHERE {_LIVE} AND lease_owner IS NULL AND NOT ready AND cancel_requested_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM workflows WHERE workflows.id = workflow_id AND deleted_at IS NOT NULL)
    """,
    "leased and due at once": f"SELECT id FROM runs WHERE {_LIVE} AND lease_owner IS NOT NULL AND ready",
    "waits for a child that is over or was never there": """
        SELECT wait.run_id FROM run_waits wait WHERE resolved_at IS NULL AND child_run_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM runs WHERE runs.id = child_run_id AND status NOT IN ('completed', 'failed'))
    """,
    "awaits an answer to no form": """
        SELECT id FROM runs WHERE status = 'awaiting_ui_interaction' AND lease_owner IS NULL AND NOT ready
            AND NOT EXISTS (SELECT FROM run_waits WHERE run_id = id AND kind = 'form' AND resolved_at IS NULL)
    """,
    "over, and still waiting": """
        SELECT run_id FROM run_waits JOIN runs ON runs.id = run_id WHERE status IN ('completed', 'failed')
    """,
}
_PRINTS = f"""
    SELECT id, md5(runs::text || coalesce((SELECT string_agg(run_logs::text, ' ' ORDER BY seq, attempt)
        FROM run_logs WHERE run_id = id), '')) AS print
    FROM runs WHERE NOT {_LIVE}
"""  # noqa: S608 -- made of constants
_ALL = "\nUNION ALL\n".join(
    f"SELECT '{what}' AS what, found.id FROM ({statement}) AS found(id)" for what, statement in _NEVER.items()
)


class Moments:
    """Looks at one moment after the other, and remembers of what has ended how it looked."""

    def __init__(self) -> None:
        self._prints: dict[str, JsonValue] = {}

    async def wrong(self, asked: Asked) -> list[str]:
        """Return what is wrong at this moment."""
        found = [f"{row.id} {row.what}" for row in await asked.rows(_ALL)]
        prints = {row.id: row.print for row in await asked.rows(_PRINTS)}
        found += [f"{run} changed after its end" for run in prints if self._prints.get(run, prints[run]) != prints[run]]
        self._prints |= prints
        return found
