"""Workflows and their versions in the database. Deleted ones do not exist here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update

from app.core.json import JsonValue
from app.models import Workflow, WorkflowVersion
from app.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Definition:
    """A workflow with the graph of its present version."""

    workflow: Workflow
    nodes: Sequence[JsonValue]
    edges: Sequence[JsonValue]


@dataclass(frozen=True, slots=True)
class Startable:
    """What has to be known of a workflow to start it."""

    id: str
    version: int
    is_active: bool
    trigger_component: str


class WorkflowRepository:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    async def newest_first(self) -> Sequence[Workflow]:
        rows = await self._session.scalars(select(Workflow).where(*self._own()).order_by(Workflow.id.desc()))
        return rows.all()

    async def find(self, workflow_id: str) -> Definition | None:
        version = WorkflowVersion
        joined = (version.workflow_id == Workflow.id) & (version.version == Workflow.version)
        found = select(Workflow, version.nodes, version.edges).join(version, joined).where(*self._own(workflow_id))
        row = (await self._session.execute(found)).one_or_none()
        return Definition(*row) if row else None

    async def find_startable(self, workflow_id: str) -> Startable | None:
        columns = (Workflow.id, Workflow.version, Workflow.is_active, Workflow.trigger_component)
        row = (await self._session.execute(select(*columns).where(*self._own(workflow_id)))).one_or_none()
        return Startable(*row) if row else None

    async def exists(self, workflow_id: str) -> bool:
        return await self._session.scalar(select(Workflow.id).where(*self._own(workflow_id))) is not None

    async def lock(self, workflow_id: str) -> Definition | None:
        """Return what it is once nobody else is changing it, and keep others from changing it until the commit."""
        locked = select(Workflow).where(*self._own(workflow_id)).with_for_update(key_share=True)
        workflow = await self._session.scalar(locked)
        if workflow is None:
            return None
        # Joined with the lock, the version would be the one from before the wait.
        graph = select(WorkflowVersion.nodes, WorkflowVersion.edges).where(
            WorkflowVersion.org_id == self._org_id,
            WorkflowVersion.workflow_id == workflow_id,
            WorkflowVersion.version == workflow.version,
        )
        nodes, edges = (await self._session.execute(graph)).one()
        return Definition(workflow, nodes, edges)

    async def add(self, definition: Definition, author: str) -> None:
        self._session.add(definition.workflow)
        await self._session.flush()
        await self.add_version(definition, author)

    async def add_version(self, definition: Definition, author: str) -> None:
        """Keep what the workflow has become, under the version that it carries."""
        workflow = definition.workflow
        version = WorkflowVersion(
            workflow_id=workflow.id,
            version=workflow.version,
            org_id=workflow.org_id,
            name=workflow.name,
            nodes=definition.nodes,
            edges=definition.edges,
            created_at=workflow.updated_at,
            created_by=author,
        )
        self._session.add(version)
        await self._session.flush()

    async def mark_deleted(self, workflow_id: str, now: datetime) -> bool:
        """Return False where there is none."""
        marked = update(Workflow).where(*self._own(workflow_id)).values(deleted_at=now).returning(Workflow.id)
        return await self._session.scalar(marked) is not None

    def _own(self, workflow_id: str | None = None) -> list[ColumnElement[bool]]:
        mine = [Workflow.org_id == self._org_id, Workflow.deleted_at.is_(None)]
        return mine if workflow_id is None else [*mine, Workflow.id == workflow_id]
