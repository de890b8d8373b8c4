"""Creating, reading and changing workflows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.clock import Clock
from app.core.ids import WORKFLOW, IdSource
from app.core.json import JsonValue, dumps
from app.http.etags import IfMatch
from app.models import Workflow
from app.workflows import schemas
from app.workflows.errors import VersionConflictError, WorkflowNotFoundError
from app.workflows.judgement import Judge
from app.workflows.repository import Definition, WorkflowRepository
from app.workflows.tokens import WebhookTokens

_COLUMNS = frozenset(
    {"name", "description", "is_active", "authorization_id", "schedule_type", "schedule_value", "timezone"}
)
_JUDGED = frozenset({"nodes", "edges", "schedule_type"})


@dataclass(frozen=True, slots=True)
class WorkflowService:
    """What one request does with workflows, inside its transaction."""

    workflows: WorkflowRepository
    org_id: str
    judge: Judge
    tokens: WebhookTokens
    clock: Clock
    ids: IdSource

    async def summaries(self) -> list[schemas.WorkflowSummary]:
        return [schemas.WorkflowSummary(**self._summary(workflow)) for workflow in await self.workflows.newest_first()]

    async def create(self, body: schemas.WorkflowCreate, author: str) -> schemas.Workflow:
        """Save a new workflow as version 1. Raises `GraphInvalidError`, `ScheduleUnavailableError`."""
        trigger = self.judge.accept(body.schedule_type, body.nodes, body.edges)
        now = self.clock.now()
        workflow = Workflow(
            **{name: getattr(body, name) for name in _COLUMNS},
            id=self.ids.new(WORKFLOW),
            org_id=self.org_id,
            version=1,
            trigger_component=trigger,
            created_at=now,
            updated_at=now,
        )
        self.tokens.ensure(workflow)
        definition = Definition(workflow, body.nodes, body.edges)
        await self.workflows.add(definition, author)
        return self._shown(definition)

    async def get(self, workflow_id: str) -> schemas.Workflow:
        """Return it with its graph. Raises `WorkflowNotFoundError`."""
        definition = await self.workflows.find(workflow_id)
        if definition is None:
            raise WorkflowNotFoundError(workflow_id)
        return self._shown(definition)

    async def update(
        self, workflow_id: str, body: schemas.WorkflowUpdate, expected: IfMatch, author: str
    ) -> schemas.Workflow:
        """Save what was sent as the next version; what is as it was already makes none.

        Raises `WorkflowNotFoundError`, `VersionConflictError`, `GraphInvalidError`, `ScheduleUnavailableError`.
        """
        found = await self.workflows.lock(workflow_id)
        if found is None:
            raise WorkflowNotFoundError(workflow_id)
        if not expected.allows(found.workflow.version):
            raise VersionConflictError(found.workflow.version)
        changed = _differences(found, body.changes())
        if changed:
            found = self._apply(found, changed, body)
            await self.workflows.add_version(found, author)
        return self._shown(found)

    def _apply(self, found: Definition, changed: Mapping[str, JsonValue], body: schemas.WorkflowUpdate) -> Definition:
        """Return the next version. What had passed when it was saved is judged again only where it changes."""
        workflow = found.workflow
        for name in changed.keys() & _COLUMNS:
            setattr(workflow, name, changed[name])
        nodes = body.nodes if "nodes" in changed else found.nodes
        edges = body.edges if "edges" in changed else found.edges
        if changed.keys() & _JUDGED:
            workflow.trigger_component = self.judge.accept(workflow.schedule_type, nodes, edges)
        workflow.version += 1
        workflow.updated_at = self.clock.now()
        self.tokens.ensure(workflow)
        return Definition(workflow, nodes, edges)

    def _shown(self, definition: Definition) -> schemas.Workflow:
        summary = self._summary(definition.workflow)
        return schemas.Workflow(**summary, nodes=definition.nodes, edges=definition.edges)

    def _summary(self, workflow: Workflow) -> dict[str, Any]:
        fields = schemas.WorkflowSummary.model_fields.keys() - {"webhook_url"}
        return {name: getattr(workflow, name) for name in fields} | {"webhook_url": self.tokens.url(workflow)}


def _differences(found: Definition, sent: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what was sent and is not so already. Compared as JSON text: to Python, 1 is also 1.0 and true."""
    present = {name: getattr(found.workflow, name) for name in _COLUMNS} | {"nodes": found.nodes, "edges": found.edges}
    return {name: value for name, value in sent.items() if dumps(value) != dumps(present[name])}
