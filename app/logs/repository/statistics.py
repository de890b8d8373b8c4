"""Statistics of a workflow from its counters, which are written as runs are accepted and end."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select

from app.models import WorkflowCount
from app.models.counts import ACCEPTED, of_logs, of_removed
from app.runs.states import RunStatus
from app.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a workflow: runs of all time, and the rest since a day.

    Runs that have been removed by their age since are counted as those that are there.
    """

    runs: int
    completed: int
    failed: int
    logs: dict[str, int]


class StatisticsReads:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    async def counted(self, workflow_id: str, since: date) -> Counted:
        """Return the sums; `since` is the first day (UTC) that counts."""
        all_time: Counter[str] = Counter()
        of_late: Counter[str] = Counter()
        for status, total, recent in await self._session.execute(counts_statement(self._org_id, workflow_id, since)):
            all_time[status], of_late[status] = int(total), int(recent or 0)
        return Counted(
            runs=_with_removed(all_time, ACCEPTED),
            completed=_with_removed(of_late, RunStatus.COMPLETED),
            failed=_with_removed(of_late, RunStatus.FAILED),
            logs={status: of_late[of_logs(status)] for status in ("success", "error", "warning")},
        )


def counts_statement(org_id: str, workflow_id: str, since: date) -> Select[str, int, int]:
    counter = WorkflowCount
    of_late = func.sum(counter.count).filter(counter.day >= since)
    sums = select(counter.status, func.sum(counter.count), of_late)
    return sums.where(counter.org_id == org_id, counter.workflow_id == workflow_id).group_by(counter.status)


def _with_removed(counts: Counter[str], status: str) -> int:
    return counts[status] + counts[of_removed(status)]
