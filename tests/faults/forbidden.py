"""What a database may never hold once every run is over, as statements that select it."""

from collections.abc import Mapping

# Runs that were deleted with their workflow are gone, and the receipts of their acceptance are not.
_NOTHING_DELETED = """NOT EXISTS (
    SELECT FROM audit_log WHERE audit_log.org_id = receipt.org_id AND action = 'workflow.delete')"""
_KEYS = """
    SELECT org_id, key, coalesce(answer::json ->> 'id', answer::json -> 'new_run' ->> 'id') AS run_id
    FROM (SELECT org_id, key, nullif(answer, '') AS answer FROM idempotency_keys) AS answered
"""

# By what is wrong, statements that select what it is wrong with.
NEVER: Mapping[str, str] = {
    "I1: still live": "SELECT id || ' ' || status FROM runs WHERE status NOT IN ('completed', 'failed')",
    "I6: two runs of a due time": """
        SELECT workflow_id || ' ' || (trigger_payload ->> 'scheduled_for') FROM runs
        WHERE trigger_type = 'scheduled' AND started_by = 'schedule' GROUP BY 1 HAVING count(*) > 1
    """,
    "I6: a firing without its run, or a run without its firing": """
        SELECT coalesce(runs.id, firing.run_id)
        FROM (SELECT * FROM schedule_firings WHERE run_id IS NOT NULL) firing
        FULL JOIN (SELECT * FROM runs WHERE trigger_type = 'scheduled' AND started_by = 'schedule') runs
        ON runs.id = firing.run_id AND runs.workflow_id = firing.workflow_id
            AND CAST(runs.trigger_payload ->> 'scheduled_for' AS timestamptz) = firing.scheduled_for
        WHERE runs.id IS NULL OR firing.run_id IS NULL
    """,
    "I7: an end that holds on to something": """
        SELECT id FROM runs WHERE status IN ('completed', 'failed')
            AND (lease_owner IS NOT NULL OR ready OR due_at IS NOT NULL OR completed_at IS NULL)
    """,
    "I7: a wait that nobody waits for": """
        SELECT run_id || ' ' || node_id FROM run_waits WHERE NOT EXISTS (
            SELECT FROM runs WHERE runs.id = run_id AND status NOT IN ('completed', 'failed'))
    """,
    "I7: a child whose parent ended before it": """
        SELECT child.id FROM runs child JOIN runs parent ON parent.id = child.parent_run_id
        WHERE child.status NOT IN ('completed', 'failed') AND parent.status IN ('completed', 'failed')
    """,
    "I6: an event whose runs are not there": f"""
        SELECT event_id FROM event_receipts receipt, json_array_elements_text(run_ids) AS started(id)
        WHERE NOT EXISTS (SELECT FROM runs WHERE runs.id = started.id) AND {_NOTHING_DELETED}
    """,  # noqa: S608 -- made of constants
    "I6: a run of two events": """
        SELECT started.id FROM event_receipts, json_array_elements_text(run_ids) AS started(id)
        GROUP BY started.id HAVING count(*) > 1
    """,
    "I6: a key without the run that it was answered with": f"""
        SELECT key FROM ({_KEYS}) AS receipt
        WHERE NOT EXISTS (SELECT FROM runs WHERE runs.id = run_id) AND {_NOTHING_DELETED}
    """,  # noqa: S608 -- made of constants
    "I6: a run of two keys": f"""
        SELECT run_id FROM ({_KEYS}) AS receipt GROUP BY run_id HAVING count(*) > 1
    """,  # noqa: S608 -- made of constants
}
