"""What must be true of a database at any moment between two commits, whatever is under way."""

from tests.faults.invariants import Asked

_WRONG = """
    WITH live AS (SELECT * FROM runs WHERE status NOT IN ('completed', 'failed')),
    asleep AS (SELECT * FROM live WHERE lease_owner IS NULL AND NOT ready),
    deleted AS (SELECT id FROM workflows WHERE deleted_at IS NOT NULL)
    SELECT id, 'is neither leased, nor due, nor waiting' AS what FROM asleep
        WHERE due_at IS NULL AND NOT EXISTS (SELECT FROM run_waits WHERE run_id = id AND resolved_at IS NULL)
    UNION ALL
    SELECT id, 'sleeps through what it waited for' FROM asleep
        WHERE EXISTS (SELECT FROM run_waits WHERE run_id = id AND resolved_at IS NOT NULL)
    UNION ALL
    SELECT id, 'sleeps past its timer' FROM asleep
        WHERE due_at IS DISTINCT FROM (SELECT min(due_at) FROM run_waits WHERE run_id = id)
    UNION ALL
    SELECT id, 'sleeps through its cancel' FROM asleep
        WHERE cancel_requested_at IS NOT NULL AND workflow_id NOT IN (SELECT id FROM deleted)
    UNION ALL
    SELECT id, 'is leased and due at once' FROM live WHERE lease_owner IS NOT NULL AND ready
    UNION ALL
    SELECT id, 'awaits an answer to no form' FROM asleep WHERE status = 'awaiting_ui_interaction'
        AND NOT EXISTS (SELECT FROM run_waits WHERE run_id = id AND kind = 'form' AND resolved_at IS NULL)
    UNION ALL
    SELECT run_id, 'waits for a child that is over or was never there' FROM run_waits
        WHERE resolved_at IS NULL AND child_run_id IS NOT NULL AND child_run_id NOT IN (SELECT id FROM live)
    UNION ALL
    SELECT run_id, 'is over, and still waiting' FROM run_waits WHERE run_id NOT IN (SELECT id FROM live)
"""
_PRINTS = """
    SELECT id, md5(runs::text || coalesce((SELECT string_agg(run_logs::text, ' ' ORDER BY seq, attempt)
        FROM run_logs WHERE run_id = id), '')) AS print
    FROM runs WHERE status IN ('completed', 'failed')
"""


class Moments:
    """Looks at one moment after the other, and remembers of what has ended how it looked."""

    def __init__(self) -> None:
        self._prints: dict[str, str] = {}

    async def wrong(self, asked: Asked) -> list[str]:
        """Return what is wrong at this moment."""
        found = [f"{row.id} {row.what}" for row in await asked.rows(_WRONG)]
        prints = {row.id: row.print for row in await asked.rows(_PRINTS)}
        found += [f"{run} changed after its end" for run in prints if self._prints.get(run, prints[run]) != prints[run]]
        self._prints |= prints
        return found
