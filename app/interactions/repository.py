"""Finding out which wait a form's token belongs to, before there is an organization to ask in, and what it asks."""

from datetime import datetime
from typing import NamedTuple

from app.core.db import Engine
from app.core.json import loads
from app.core.statements import Statement, autocommitted
from app.runs.form_tokens import FormPlace
from app.runs.states import RunStatus
from app.unit_of_work import OrganizationQuery

_FIND = Statement("SELECT org_id, run_id, path, node_id, attempt FROM virga_find_interaction(:token_hash)")
_READ = OrganizationQuery("""
    SELECT wait.prompt::text, wait.due_at, wait.resolved_at, runs.status, runs.cancel_requested_at
    FROM run_waits wait
    JOIN runs ON runs.id = wait.run_id AND runs.org_id = wait.org_id
    JOIN workflows workflow ON workflow.id = runs.workflow_id AND workflow.org_id = wait.org_id
    WHERE wait.org_id = org.id AND wait.run_id = :run_id AND wait.path = :path AND wait.node_id = :node_id
      AND wait.attempt = :attempt AND workflow.deleted_at IS NULL
""")


class FormFound(NamedTuple):
    """A form whose wait is there. `prompt` is what was stored of what it asks."""

    org_id: str
    place: FormPlace
    prompt: object
    due_at: datetime | None
    is_closed: bool


async def find_form(engine: Engine, token_hash: bytes) -> FormFound | None:
    async with autocommitted(engine) as driver:
        found = await _FIND.rows(driver, {"token_hash": token_hash})
        if not found:
            return None
        org_id, *where = found[0]
        place = FormPlace(*where)
        rows = await _READ.rows(driver, org_id, place._asdict())
    if not rows:
        return None
    prompt, due_at, resolved_at, status, cancel_requested_at = rows[0]
    is_over = resolved_at is not None or cancel_requested_at is not None or RunStatus(status).is_terminal
    return FormFound(org_id, place, loads(prompt or "null"), due_at, is_over)
