"""One request or task, one transaction: committed at the edge, and only then the doorbell rings."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

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
    """Open a transaction in which row-level security shows `org_id` alone; commit at the end, then ring.

    It begins with the first statement: who needs none costs the database nothing.
    """
    async with AsyncSession(engine, expire_on_commit=False) as session:
        event.listen(session.sync_session, "after_begin", _enter(org_id))
        async with session.begin():
            work = UnitOfWork(session, org_id)
            yield work
        await doorbell.ring(work.rings)
        await doorbell.ring(work.removals, REMOVE_WORKFLOW)
        for worker_id, run_id in work.notices:
            await doorbell.tell(worker_id, run_id)


def _enter(org_id: str) -> Callable[[Session, SessionTransaction, Connection], None]:
    def set_organization(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
        connection.execute(_SET_ORGANIZATION, {"org_id": org_id})

    return set_organization
