"""What clients read of runs: one with its logs, pages of a workflow's runs, and how many there are.

Runs of a deleted workflow do not exist here, whether or not their rows are gone already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, ColumnElement, Select, func, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.core.json import JsonObject
from app.models import Run, RunLog, RunWait, Workflow, WorkflowCount
from app.models.counts import ACCEPTED
from app.runs.form_tokens import FormPlace
from app.runs.states import RunStatus
from app.unit_of_work import UnitOfWork


class RunRow(NamedTuple):
    """A run without what went through it."""

    id: str
    status: str
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    workflow_id: str
    workflow_version: int
    trigger_type: str
    parent_run_id: str | None


class OpenForm(NamedTuple):
    """A form that the run waits for, and the key that makes its token."""

    place: FormPlace
    key_id: str


@dataclass(frozen=True, slots=True)
class RunFound:
    """A run as a client asks for it. `last_seq` is the place of its newest log, 0 where there is none."""

    row: RunRow
    trigger_payload: JsonObject
    last_seq: int
    forms: Sequence[OpenForm] = ()


class LogRow(NamedTuple):
    id: str
    node_id: str
    component_id: str
    status: str
    output: JsonObject
    created_at: datetime
    run_id: str
    workflow_id: str
    seq: int
    duration_ms: int
    attempt: int
    inherited: bool
    path: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Which of a workflow's runs, newest first: all or those of one status, from the start or older than a run."""

    workflow_id: str
    status: RunStatus | None = None
    before: str | None = None


_RUN = tuple(getattr(Run, name) for name in RunRow._fields)
_LOG = tuple(getattr(RunLog, name) for name in LogRow._fields)
_FORM = func.json_build_array(RunWait.path, RunWait.node_id, RunWait.attempt, RunWait.token_key_id)
_FORMS = (
    select(func.json_agg(aggregate_order_by(_FORM, RunWait.path, RunWait.node_id), type_=JSON))
    .where(RunWait.run_id == Run.id, RunWait.org_id == Run.org_id)
    .where(RunWait.token_hash.is_not(None), RunWait.resolved_at.is_(None))
    .correlate(Run)
    .scalar_subquery()
)


class RunReads:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    async def find(self, run_id: str) -> RunFound | None:
        last_seq = (
            select(func.coalesce(func.max(RunLog.seq), 0))
            .where(RunLog.run_id == Run.id, RunLog.org_id == Run.org_id)
            .scalar_subquery()
        )
        found = (
            select(*_RUN, Run.trigger_payload, last_seq, _FORMS)
            .join(Workflow, (Workflow.id == Run.workflow_id) & (Workflow.org_id == Run.org_id))
            .where(Run.id == run_id, Run.org_id == self._org_id, Workflow.deleted_at.is_(None))
        )
        row = (await self._session.execute(found)).one_or_none()
        if row is None:
            return None
        *columns, payload, seq, forms = row
        return RunFound(RunRow(*columns), payload, seq, [_open_form(row.id, *form) for form in forms or ()])

    async def logs(self, run_id: str, after_seq: int, at_most: int | None = None) -> list[LogRow]:
        """Return the run's logs past `after_seq`, in order; all of them, or the first `at_most`."""
        mine = (RunLog.run_id == run_id, RunLog.org_id == self._org_id, RunLog.seq > after_seq)
        rows = await self._session.execute(select(*_LOG).where(*mine).order_by(RunLog.seq).limit(at_most))
        return [LogRow(*row) for row in rows]

    async def page(self, listing: Listing, *, skip: int, take: int) -> list[RunRow]:
        rows = await self._session.execute(page_statement(self._org_id, listing, skip=skip, take=take))
        return [RunRow(*row) for row in rows]

    async def total(self, listing: Listing) -> int:
        """Return how many there are: from counters, or, for runs that live, from the index of them by status."""
        if listing.status is None or listing.status.is_terminal:
            return await self._counted(listing.workflow_id, listing.status or ACCEPTED)
        living = select(func.count()).where(*_listed(Run, self._org_id, replace(listing, before=None)))
        return await self._session.scalar(living) or 0

    async def _counted(self, workflow_id: str, status: str) -> int:
        counted = select(func.sum(WorkflowCount.count)).where(
            WorkflowCount.org_id == self._org_id,
            WorkflowCount.workflow_id == workflow_id,
            WorkflowCount.status == status,
        )
        return int(await self._session.scalar(counted) or 0)


def _open_form(run_id: str, path: str, node_id: str, attempt: int, key_id: str) -> OpenForm:
    return OpenForm(FormPlace(run_id, path, node_id, attempt), key_id)


def page_statement(org_id: str, listing: Listing, *, skip: int, take: int) -> Select[Any]:
    """Skip by an index alone, then read the page's own rows.

    LATERAL with a LIMIT is what keeps the planner from reading more of the table, whatever it thinks of the numbers.
    """
    run = aliased(Run)
    ids = select(run.id).where(*_listed(run, org_id, listing)).order_by(run.id.desc()).offset(skip).limit(take)
    page = ids.subquery("page")
    listed = select(*_RUN).where(Run.id == page.c.id, Run.org_id == org_id).limit(1).lateral("listed")
    return select(listed).select_from(page).join(listed, true()).order_by(page.c.id.desc())


def _listed(run: type[Run], org_id: str, listing: Listing) -> list[ColumnElement[bool]]:
    conditions = [run.org_id == org_id, run.workflow_id == listing.workflow_id]
    if listing.status is not None:
        conditions.append(run.status == listing.status)
    if listing.before is not None:
        conditions.append(run.id < listing.before)
    return conditions
