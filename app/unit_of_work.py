"""One request or task, one transaction: committed at the edge, and only then the doorbell rings.

What is read by every call of a workflow is a single statement instead.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from app.core.statements import Driver, Row, Statement, driver_within
from app.queue.client import Doorbell
from app.queue.jobs import LOOK_AT_SCHEDULES, REMOVE_WORKFLOW, end_of

_SET_ORGANIZATION = text("SELECT set_config('app.org_id', :org_id, true)")


class UnitOfWork:
    """A session bound to one organization, and what to ring for once it is committed."""

    def __init__(self, session: AsyncSession, org_id: str) -> None:
        self.session = session
        self.org_id = org_id
        self.rings: list[str] = []
        self.removals: list[str] = []
        self.planned: list[str] = []
        self.notices: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self._driver: Driver | None = None

    async def driver(self) -> Driver:
        """Return the transaction's own driver, for what is executed by it alone."""
        self._driver = driver_within(await self.session.connection())
        return self._driver

    @property
    def is_cut_off(self) -> bool:
        """Say whether the driver has closed the connection, of which SQLAlchemy does not know."""
        return self._driver is not None and self._driver.is_closed()

    def ring(self, run_id: str) -> None:
        """Remember a run that is due from the commit on."""
        self.rings.append(run_id)

    def remove(self, workflow_id: str) -> None:
        """Remember a deleted workflow whose rows can go from the commit on."""
        self.removals.append(workflow_id)

    def look_at_schedule(self, workflow_id: str) -> None:
        """Remember a workflow that may be due, from the commit on, sooner than any worker would look."""
        self.planned.append(workflow_id)

    def tell(self, worker_id: str, run_id: str) -> None:
        """Remember that a run's owner has to hear of what was asked."""
        self.notices.append((worker_id, run_id))

    def note_end(self, run_id: str) -> None:
        """Remember a run that has ended, for those who watch it or wait for it."""
        self.notes += [run_id, end_of(run_id)]


@asynccontextmanager
async def unit_of_work(engine: AsyncEngine, doorbell: Doorbell, org_id: str) -> AsyncIterator[UnitOfWork]:
    """Open a transaction in which row-level security shows `org_id` alone; commit at the end, then ring.

    It begins with the first statement: who needs none costs the database nothing.
    """
    async with AsyncSession(engine, expire_on_commit=False) as session:
        event.listen(session.sync_session, "after_begin", _enter(org_id))
        async with session.begin():
            work = UnitOfWork(session, org_id)
            try:
                yield work
            except BaseException:
                if work.is_cut_off:
                    await session.invalidate()  # or what a rollback came to would stand in for the error
                raise
        await doorbell.ring(work.rings)
        await doorbell.ring(work.removals, REMOVE_WORKFLOW)
        await doorbell.ring(work.planned, LOOK_AT_SCHEDULES)
        for worker_id, run_id in work.notices:
            await doorbell.tell(worker_id, run_id)
        await doorbell.note(work.notes)


class OrganizationQuery:
    """A SELECT in which row-level security shows one organization alone, and which needs no other round trip.

    It names the organization `org.id`, and so is executed after the setting that makes it so: OFFSET keeps the planner
    from joining them in another order. Outside a transaction the setting ends with the statement.
    """

    def __init__(self, select: str) -> None:
        if "org.id" not in select:
            raise ValueError("The statement must name org.id.")
        self._statement = Statement(f"""
            SELECT found.* FROM set_config('app.org_id', :org_id, true) AS org(id)
            CROSS JOIN LATERAL ({select} OFFSET 0) AS found
        """)  # noqa: S608 -- made of constants

    async def rows(self, driver: Driver, org_id: str, parameters: Mapping[str, object]) -> list[Row]:
        return await self._statement.rows(driver, {**parameters, "org_id": org_id})


def _enter(org_id: str) -> Callable[[Session, SessionTransaction, Connection], None]:
    def set_organization(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
        connection.execute(_SET_ORGANIZATION, {"org_id": org_id})

    return set_organization
