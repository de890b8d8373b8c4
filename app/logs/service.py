"""Reading what the runs of workflows have logged, and what it comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from app.core.clock import format_time
from app.logs.repository.pages import LogListing, LogReads
from app.logs.repository.statistics import Counted, StatisticsReads
from app.logs.schemas import LogStatistics, LogStatuses, RecentRuns
from app.runs.schemas import WorkflowLog
from app.runs.views import shown_log
from app.workflows.errors import WorkflowNotFoundError
from app.workflows.repository import WorkflowRepository

RECENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class LogPage:
    """Logs, and the headers that say where there are more."""

    logs: list[WorkflowLog]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LogService:
    """What one request asks of logs, inside its transaction."""

    logs: LogReads
    statistics: StatisticsReads
    workflows: WorkflowRepository
    public_url: str

    async def page(self, asked: LogListing) -> LogPage:
        """Return logs of a workflow, newest first. Raises `WorkflowNotFoundError`."""
        await self._find(asked.workflow_id)
        found = await self.logs.page(asked)
        link = {} if found.more_before is None else {"Link": self._next(asked, found.more_before)}
        return LogPage([shown_log(row) for row in found.rows], link)

    async def recent(self) -> list[WorkflowLog]:
        """Return the latest log of each workflow that has one."""
        return [shown_log(row) for row in await self.logs.latest_of_each_workflow()]

    async def stats(self, workflow_id: str, now: datetime) -> LogStatistics:
        """Sum the last 30 days up, today included. Raises `WorkflowNotFoundError`."""
        await self._find(workflow_id)
        return _shown(await self.statistics.counted(workflow_id, now.date() - timedelta(days=RECENT_DAYS - 1)))

    async def _find(self, workflow_id: str) -> None:
        if not await self.workflows.exists(workflow_id):
            raise WorkflowNotFoundError(workflow_id)

    def _next(self, asked: LogListing, before: str) -> str:
        given = {
            "status": asked.status,
            "node_id": asked.node_id,
            "run_id": asked.run_id,
            "from": asked.since and format_time(asked.since),
            "to": asked.until and format_time(asked.until),
            "limit": str(asked.limit),
            "before": before,
        }
        query = urlencode({name: value for name, value in given.items() if value is not None})
        return f'<{self.public_url}/workflows/{quote(asked.workflow_id, safe="")}/logs?{query}>; rel="next"'


def _shown(counted: Counted) -> LogStatistics:
    ended = counted.completed + counted.failed
    return LogStatistics(
        log_statuses=LogStatuses(**counted.logs),
        recent_runs=RecentRuns(completed=counted.completed, failed=counted.failed),
        total_runs=counted.runs,
        success_rate=round(100 * counted.completed / ended, 2) if ended else 0.0,
    )
