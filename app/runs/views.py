"""What is stored of runs, as answers show it."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlencode

from app.core.json import JsonObject
from app.graph import paths
from app.http.pagination import MAX_DEPTH, PageRequest, page_of
from app.runs.form_tokens import FormTokens
from app.runs.repository.reads import Listing, LogRow, OpenForm, RunFound, RunRow
from app.runs.repository.starts import AcceptedRun
from app.runs.schemas import RunInteraction, RunPage, RunSummary, WorkflowLog, WorkflowRun
from app.runs.states import RunStatus


def shown_summary(row: RunRow) -> RunSummary:
    return RunSummary(**_fields(row))


def shown_run(found: RunFound, logs: Sequence[LogRow], tokens: FormTokens | None = None) -> WorkflowRun:
    """Show a run; with `tokens`, also where the forms are that it waits for."""
    payload = dict(found.trigger_payload)
    fields = _fields(found.row) | {"interactions": [*_interactions(found.forms, tokens)] if tokens else None}
    return WorkflowRun(**fields, trigger_payload=payload, logs=[shown_log(log) for log in logs])


def _interactions(forms: Sequence[OpenForm], tokens: FormTokens) -> Iterator[RunInteraction]:
    for form in forms:
        url = tokens.url(form.place, form.key_id)
        if url is not None:
            yield RunInteraction(node_id=form.place.node_id, path=paths.decode(form.place.path), url=url)


def shown_log(row: LogRow) -> WorkflowLog:
    return WorkflowLog(**row._asdict() | {"path": paths.decode(row.path)})


def shown_accepted(accepted: AcceptedRun, payload: JsonObject) -> WorkflowRun:
    """Show a run that nobody has taken yet, without reading it."""
    start = accepted.start
    row = RunRow(
        id=accepted.id,
        status=RunStatus.PENDING,
        error_message=None,
        created_at=accepted.created_at,
        started_at=None,
        completed_at=None,
        workflow_id=start.workflow_id,
        workflow_version=start.workflow_version,
        trigger_type=start.trigger_type,
        parent_run_id=None,
    )
    return shown_run(RunFound(row, payload, 0), [])


def shown_page(rows: Sequence[RunRow], total: int, listing: Listing, asked: PageRequest, path: str) -> RunPage:
    """Show one page. `rows` may have one more than it takes, which shows that there is a next one."""
    shown = [shown_summary(row) for row in rows[: asked.per_page]]
    query = {"per_page": str(asked.per_page)} | ({"status": listing.status} if listing.status else {})
    page = page_of(RunPage, shown, total, asked, path, query)
    older = f"{path}?{urlencode({**query, 'before': shown[-1].id})}" if shown else None
    if listing.before is not None:
        page.links.prev = None
        page.links.next = older if len(rows) > asked.per_page else None
        page.meta.from_ = page.meta.to = None  # where the page lies in the whole list is not known
    elif page.links.next is not None and (asked.page + 1) * asked.per_page > MAX_DEPTH:
        page.links.next = older
    return page


def tag_of(found: RunFound) -> str:
    """Return what changes whenever an answer about the run would."""
    row = found.row
    seen = (row.status, row.error_message, row.started_at, row.completed_at, found.last_seq, *found.forms)
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def _fields(row: RunRow) -> dict[str, object]:
    started_at = row.started_at or row.created_at
    return row._asdict() | {"started_at": started_at, "duration_in_seconds": _seconds(started_at, row.completed_at)}


def _seconds(started_at: datetime, completed_at: datetime | None) -> float | None:
    return None if completed_at is None else (completed_at - started_at).total_seconds()
