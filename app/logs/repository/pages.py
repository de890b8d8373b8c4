"""Logs of all runs of a workflow, newest first, at a cost that does not grow with how many there are.

Without a filter an answer reads its own rows alone, merged from the indexes of the months. Failures and warnings have
an index of their own. Whatever else is asked for is looked for among a bounded number of logs; an answer that could
not look further says from where to go on. What a single run has logged is read as a whole.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Text, cast, func, literal, select, text, true
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from app.core.ids import LOG, lower_bound
from app.models import RunLog, Workflow
from app.runs.repository.reads import LogRow
from app.runs.schemas import LogStatus
from app.unit_of_work import UnitOfWork

LOOKED_AT = 10_000  # logs at most that one answer is picked from
OUTPUT_BYTES = 16 * 1024 * 1024  # of an answer, but for its last log; a thousand outputs can have a gigabyte
# A log's id is made when its attempt is recorded, soon after the end of the attempt, which `created_at` tells.
RECORDED_WITHIN = timedelta(minutes=1)

# Whatever the planner thinks of how many logs there are, it reads them in their order and stops after a page, where by
# itself it may read and sort all of them. Until the end of the transaction.
BY_INDEX = text("SELECT set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true)")

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
_LOG = tuple(getattr(RunLog, name) for name in LogRow._fields)
_Columns = ReadOnlyColumnCollection[str, ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class LogListing:
    """Which logs of a workflow: those that fit all that is given. `since` is included, `until` is not."""

    workflow_id: str
    limit: int
    status: LogStatus | None = None
    node_id: str | None = None
    run_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: str | None = None

    @property
    def looks_through(self) -> bool:
        """Say whether logs are looked at that may not fit."""
        picks = (self.status, self.node_id, self.since, self.until)
        return self.run_id is None and any(one is not None for one in picks)


@dataclass(frozen=True, slots=True)
class LogsFound:
    """Logs, newest first. `more_before` is the id of a log before which there are more, or may be; None: no more."""

    rows: list[LogRow]
    more_before: str | None


class LogReads:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    async def page(self, asked: LogListing) -> LogsFound:
        await self._session.execute(BY_INDEX)
        found = (await self._session.execute(page_statement(self._org_id, asked))).all()[: asked.limit]
        rows = [LogRow(*columns) for *columns, _ in found]
        if found and found[-1].following is not None:
            return LogsFound(rows, rows[-1].id)
        if not asked.looks_through:
            return LogsFound(rows, None)
        return LogsFound(rows, await self._session.scalar(_last_looked_at(self._org_id, asked)))

    async def latest_of_each_workflow(self) -> list[LogRow]:
        await self._session.execute(BY_INDEX)
        return [LogRow(*row) for row in await self._session.execute(recent_statement(self._org_id))]


def page_statement(org_id: str, asked: LogListing) -> Select[Any]:
    """Pick logs, and beside each the id of the one that follows, if there is one: one more than asked for may come."""
    if asked.run_id is None:
        in_order = select(*_LOG).where(*_within_reach(org_id, asked)).order_by(RunLog.id.desc())
        looked_at = in_order.limit(_spelt_out(LOOKED_AT))
    else:  # OFFSET 0 keeps the planner from looking for the run in the logs of all runs
        looked_at = select(*_LOG).where(RunLog.run_id == asked.run_id, RunLog.org_id == org_id).offset(0)
    logs = looked_at.subquery("looked_at")
    fitting = select(logs).where(*_fitting(logs.c, asked)).order_by(logs.c.id.desc()).limit(asked.limit + 1)
    return _not_too_much(fitting.subquery("page"))


def _not_too_much(page: Subquery) -> Select[Any]:
    """Keep the logs before which there are less than `OUTPUT_BYTES`."""
    newest_first = page.c.id.desc()
    size = func.sum(func.octet_length(cast(page.c.output, Text)))
    before = func.coalesce(size.over(order_by=newest_first, rows=(None, -1)), 0).label("bytes_before")
    following = func.lead(page.c.id).over(order_by=newest_first).label("following")
    measured = select(page, before, following).subquery("measured")
    columns = [column for column in measured.c if column.name != before.name]
    return select(*columns).where(measured.c.bytes_before < OUTPUT_BYTES).order_by(measured.c.id.desc())


def recent_statement(org_id: str) -> Select[Any]:
    """Find the newest log of each workflow by an index, however many logs there are."""
    of_it = (RunLog.workflow_id == Workflow.id, RunLog.org_id == Workflow.org_id)
    newest = select(*_LOG).where(*of_it).order_by(RunLog.id.desc()).limit(1).lateral("newest")
    mine = (Workflow.org_id == org_id, Workflow.deleted_at.is_(None))
    return select(newest).select_from(Workflow).join(newest, true()).where(*mine).order_by(newest.c.id.desc())


def _last_looked_at(org_id: str, asked: LogListing) -> Select[Any]:
    """Select the log at which looking ended although there may be more."""
    ids = select(RunLog.id).where(*_within_reach(org_id, asked)).order_by(RunLog.id.desc())
    return ids.offset(LOOKED_AT - 1).limit(1)


def _within_reach(org_id: str, asked: LogListing) -> list[ColumnElement[bool]]:
    """Say what an index finds in order."""
    conditions = [RunLog.org_id == org_id, RunLog.workflow_id == asked.workflow_id]
    if asked.status not in {None, "success"}:  # these have an index of their own
        conditions.append(RunLog.status == _spelt_out(asked.status))
    if asked.before is not None:
        conditions.append(RunLog.id < asked.before)
    if asked.since is not None:
        conditions.append(RunLog.id >= lower_bound(LOG, max(asked.since, _EARLIEST)))
    if asked.until is not None:
        latest = min(max(asked.until, _EARLIEST), _LATEST) + RECORDED_WITHIN
        conditions.append(RunLog.id < lower_bound(LOG, latest))
    return conditions


def _spelt_out(value: object) -> ColumnElement[Any]:
    """Put a value into the statement's text, where a plan that is made for any value would be a bad one."""
    return literal(value, literal_execute=True)


def _fitting(log: _Columns, asked: LogListing) -> list[ColumnElement[bool]]:
    conditions = [log.workflow_id == asked.workflow_id]
    if asked.status is not None:
        conditions.append(log.status == asked.status)
    if asked.node_id is not None:
        conditions.append(log.node_id == asked.node_id)
    if asked.before is not None:
        conditions.append(log.id < asked.before)
    if asked.since is not None:
        conditions.append(log.created_at >= asked.since)
    if asked.until is not None:
        conditions.append(log.created_at < asked.until)
    return conditions
