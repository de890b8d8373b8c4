"""Saved definitions in the database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import defer

from app.models import WorkflowVersion
from app.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class VersionListing:
    """Which versions, newest first: at most `limit`, from the newest on or those before one of them."""

    workflow_id: str
    limit: int
    before: int | None = None


class VersionReads:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    async def newest_first(self, asked: VersionListing) -> Sequence[WorkflowVersion]:
        """Return versions without their graphs."""
        version = WorkflowVersion
        listed = select(version).where(version.org_id == self._org_id, version.workflow_id == asked.workflow_id)
        if asked.before is not None:
            listed = listed.where(version.version < asked.before)
        newest = listed.order_by(version.version.desc()).limit(asked.limit)
        bare = newest.options(defer(version.nodes, raiseload=True), defer(version.edges, raiseload=True))
        return (await self._session.scalars(bare)).all()

    async def find(self, workflow_id: str, number: int) -> WorkflowVersion | None:
        version = WorkflowVersion
        mine = (version.org_id == self._org_id, version.workflow_id == workflow_id, version.version == number)
        found: WorkflowVersion | None = await self._session.scalar(select(version).where(*mine))
        return found
