"""One request or task, one transaction: committed at the edge, and only then the doorbell rings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.queue.client import Doorbell
from app.queue.jobs import REMOVE_WORKFLOW

_SET_ORGANIZATION = text("SELECT set_config('app.org_id', :org_id, true)")


class UnitOfWork:
    """A session bound to one organization, and what to ring for once it is committed."""

    def __init__(self, session: AsyncSession, org_id: str) -> None:
        self.session = session
        self.org_id = org_id
        self.rings: list[str] = []
        self.removals: list[str] = []
        self.notices: list[tuple[str, str]] = []

    def ring(self, run_id: str) -> None:
        """Remember a run that is due from the commit on."""
        self.rings.append(run_id)

    def remove(self, workflow_id: str) -> None:
        """Remember a deleted workflow whose rows can go from the commit on."""
        self.removals.append(workflow_id)

    def tell(self, worker_id: str, run_id: str) -> None:
        """Remember that a run's owner has to hear of what was asked."""
        self.notices.append((worker_id, run_id))


@asynccontextmanager
async def unit_of_work(engine: AsyncEngine, doorbell: Doorbell, org_id: str) -> AsyncIterator[UnitOfWork]:
    """Open a transaction in which row-level security shows `org_id` alone; commit at the end, then ring."""
    async with AsyncSession(engine, expire_on_commit=False) as session:
        async with session.begin():
            await session.execute(_SET_ORGANIZATION, {"org_id": org_id})
            work = UnitOfWork(session, org_id)
            yield work
        await doorbell.ring(work.rings)
        await doorbell.ring(work.removals, REMOVE_WORKFLOW)
        for worker_id, run_id in work.notices:
            await doorbell.tell(worker_id, run_id)
