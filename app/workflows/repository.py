"""Workflows and their versions in the database. Deleted ones do not exist here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import IntegrityError

from app.core.json import JsonObject, JsonValue, loads_object
from app.core.statements import Driver
from app.models import Workflow, WorkflowVersion
from app.unit_of_work import OrganizationQuery, UnitOfWork
from app.workflows.errors import WorkflowIdTakenError


@dataclass(frozen=True, slots=True)
class Definition:
    """A workflow with the graph of its present version."""

    workflow: Workflow
    nodes: Sequence[JsonValue]
    edges: Sequence[JsonValue]


@dataclass(frozen=True, slots=True)
class Startable:
    """What has to be known of a workflow to start it. `trigger_settings` is the trigger's `data`, as posted."""

    id: str
    version: int
    is_active: bool
    trigger_component: str
    trigger_settings: JsonObject


class VersionGraph(NamedTuple):
    """Nodes and edges of one version, as posted."""

    nodes: Sequence[JsonValue]
    edges: Sequence[JsonValue]


_STARTABLE = (
    Workflow.id,
    Workflow.version,
    Workflow.is_active,
    Workflow.trigger_component,
    Workflow.trigger_settings,
)


_FIND_STARTABLE = OrganizationQuery("""
    SELECT id, version, is_active, trigger_component, trigger_settings::text
    FROM workflows WHERE id = :id AND org_id = org.id AND deleted_at IS NULL
""")


class WorkflowRepository:
    def __init__(self, work: UnitOfWork) -> None:
        self._session = work.session
        self._org_id = work.org_id

    async def newest_first(self) -> Sequence[Workflow]:
        rows = await self._session.scalars(select(Workflow).where(*self._own()).order_by(Workflow.id.desc()))
        return rows.all()

    async def active_with_trigger(self, components: Sequence[str]) -> Sequence[Workflow]:
        """Return the workflows that are switched on and begin with one of `components`, newest first."""
        begun = (Workflow.is_active, Workflow.trigger_component.in_(components))
        rows = await self._session.scalars(select(Workflow).where(*self._own(), *begun).order_by(Workflow.id.desc()))
        return rows.all()

    async def find(self, workflow_id: str) -> Definition | None:
        version = WorkflowVersion
        joined = (version.workflow_id == Workflow.id) & (version.version == Workflow.version)
        found = select(Workflow, version.nodes, version.edges).join(version, joined).where(*self._own(workflow_id))
        row = (await self._session.execute(found)).one_or_none()
        return Definition(*row) if row else None

    async def listening_to(self, patterns: Sequence[str]) -> list[Startable]:
        """Return the active workflows whose trigger listens to one of these events or patterns, by id."""
        listens = (Workflow.listens_to.in_(patterns), Workflow.is_active)
        found = select(*_STARTABLE).where(*self._own(), *listens).order_by(Workflow.id)
        return [_startable(row) for row in await self._session.execute(found)]

    async def graph(self, workflow_id: str, version: int) -> VersionGraph:
        """Return the graph of a version that is there: the present one, or one that a run names."""
        graph = select(WorkflowVersion.nodes, WorkflowVersion.edges).where(
            WorkflowVersion.org_id == self._org_id,
            WorkflowVersion.workflow_id == workflow_id,
            WorkflowVersion.version == version,
        )
        return VersionGraph(*(await self._session.execute(graph)).one())

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

    async def add_under_given_id(self, definition: Definition, author: str) -> None:
        """Raise `WorkflowIdTakenError` where the id is somebody's, seen or unseen; the transaction can go on."""
        try:
            async with self._session.begin_nested():
                await self.add(definition, author)
        except IntegrityError:
            raise WorkflowIdTakenError(definition.workflow.id) from None

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


async def find_startable(driver: Driver, org_id: str, workflow_id: str) -> Startable | None:
    """Return what starting the organization's workflow needs, None where there is none. JSON comes as text."""
    rows = await _FIND_STARTABLE.rows(driver, org_id, {"id": workflow_id})
    return next((_startable((*row[:-1], loads_object(row.trigger_settings or "{}"))) for row in rows), None)


def _startable(row: Sequence[Any]) -> Startable:
    workflow_id, version, is_active, component, settings = row
    return Startable(workflow_id, version, is_active, component, settings or {})
