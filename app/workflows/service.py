"""Creating, reading and changing workflows."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.audit.service import AuditTrail, Resource
from app.core.clock import Clock
from app.core.ids import WORKFLOW, IdSource
from app.core.json import JsonValue, dumps
from app.http.etags import IfMatch
from app.models import Workflow
from app.workflows import schemas
from app.workflows.authorized import AuthorizationCheck
from app.workflows.call_graph import Named
from app.workflows.callable import CALLABLE_TRIGGERS
from app.workflows.calls import CallCheck
from app.workflows.errors import NoWebhookUrlError, VersionConflictError, WorkflowNotFoundError
from app.workflows.judgement import AcceptedTrigger, Judge, verdict_of
from app.workflows.repository import Definition, WorkflowRepository
from app.workflows.scheduling import FIELDS, PLANNED_BY, fields_of, is_stopped, plan, united, united_changes
from app.workflows.tokens import WEBHOOK_TRIGGER, WebhookTokens

_COLUMNS = FIELDS | {"name", "description", "is_active", "authorization_id", "schedule_overlap"}
RESOURCE = "workflow"  # as the audit log calls it
_JUDGED = FIELDS | {"nodes", "edges", "authorization_id"}


@dataclass(frozen=True, slots=True)
class WorkflowService:
    """What one request does with workflows, inside its transaction."""

    workflows: WorkflowRepository
    org_id: str
    judge: Judge
    authorizations: AuthorizationCheck
    calls: CallCheck
    tokens: WebhookTokens
    trail: AuditTrail
    clock: Clock
    ids: IdSource
    planned: Callable[[str], None]  # told of each workflow whose next start may be sooner than anybody knows

    async def summaries(self) -> list[schemas.WorkflowSummary]:
        return [schemas.WorkflowSummary(**self._summary(workflow)) for workflow in await self.workflows.newest_first()]

    async def triggerable(self) -> list[schemas.WorkflowSummary]:
        """Return the workflows that another may call now."""
        found = await self.workflows.active_with_trigger(CALLABLE_TRIGGERS)
        return [schemas.WorkflowSummary(**self._summary(workflow)) for workflow in found]

    async def create(self, body: schemas.WorkflowCreate, author: str, given_id: str | None = None) -> schemas.Workflow:
        """Save a new workflow as version 1, under a new id or the given one.

        Raises `GraphInvalidError`, `ScheduleInvalidError`, `WorkflowIdTakenError`.
        """
        new_id = given_id or self.ids.new(WORKFLOW)
        self.judge.refuse_too_much(body.nodes, body.edges)
        await self.calls.hold(body.nodes)
        further = await self.authorizations.issues(body.nodes, body.authorization_id)
        further += await self.calls.issues(body.nodes, Named(new_id, body.name))
        schedule = united(body.nodes, body.schedule)
        trigger = await asyncio.to_thread(self.judge.accept, schedule, body.nodes, body.edges, further)
        now = self.clock.now()
        workflow = Workflow(
            **{name: getattr(body, name) for name in _COLUMNS} | schedule.as_columns(),
            id=new_id,
            org_id=self.org_id,
            version=1,
            created_at=now,
            updated_at=now,
        )
        _keep_trigger(workflow, trigger)
        self._plan(workflow, now)
        self.tokens.ensure(workflow)
        definition = Definition(workflow, body.nodes, body.edges)
        add = self.workflows.add if given_id is None else self.workflows.add_under_given_id
        await add(definition, author)
        await self.calls.keep(new_id, (), body.nodes)
        self.trail.record("workflow.create", Resource(RESOURCE, workflow.id), after=_state(definition))
        return self._shown(definition)

    async def verdict(self, draft: schemas.WorkflowDraft) -> schemas.WorkflowVerdict:
        """Say what saving would say."""
        too_much = self.judge.limits.issues(len(draft.nodes), len(draft.edges))
        if too_much:
            return verdict_of(too_much)
        further = await self.authorizations.issues(draft.nodes, draft.authorization_id)
        further += await self.calls.issues(draft.nodes, Named(draft.id or "", draft.name))
        if draft.id is not None:
            further += await self.calls.stranded(draft.nodes, draft.id)
        return await asyncio.to_thread(self.judge.verdict, draft, further)

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

        A schedule that was stopped, as all are by a restore, goes on once it is sent again, changed or not.
        Raises `WorkflowNotFoundError`, `VersionConflictError`, `GraphInvalidError`, `ScheduleInvalidError`.
        """
        self.judge.refuse_too_much(body.nodes, body.edges)
        await self.calls.hold(body.nodes)
        found = await self._lock(workflow_id)
        if not expected.allows(found.workflow.version):
            raise VersionConflictError(found.workflow.version)
        sent = united_changes(body.changes(), found.nodes, fields_of(found.workflow))
        changed, before = _differences(found, sent), _state(found)
        if changed:
            nodes = found.nodes
            found = await self._apply(found, changed)
            await self.workflows.add_version(found, author)
            await self.calls.keep(workflow_id, nodes, found.nodes)
        resumes = bool(sent.keys() & PLANNED_BY) and is_stopped(found.workflow)
        if resumes:
            self._plan(found.workflow, self.clock.now())
        if changed or resumes:
            self.trail.record("workflow.update", Resource(RESOURCE, workflow_id), before=before, after=_state(found))
        return self._shown(found)

    async def rotate_webhook_token(self, workflow_id: str) -> schemas.Workflow:
        """Replace the webhook URL; the old one is dead. The definition, and so the version, stays what it is.

        Raises `WorkflowNotFoundError`, `NoWebhookUrlError`.
        """
        found = await self._lock(workflow_id)
        workflow = found.workflow
        if workflow.trigger_component != WEBHOOK_TRIGGER:
            raise NoWebhookUrlError(workflow.trigger_component)
        self.tokens.renew(workflow)
        workflow.updated_at = self.clock.now()
        self.trail.record("workflow.rotate_webhook", Resource(RESOURCE, workflow_id))
        return self._shown(found)

    async def _lock(self, workflow_id: str) -> Definition:
        found = await self.workflows.lock(workflow_id)
        if found is None:
            raise WorkflowNotFoundError(workflow_id)
        return found

    async def _apply(self, found: Definition, changed: Mapping[str, JsonValue]) -> Definition:
        """Return the next version. What had passed when it was saved is judged again only where it changes."""
        workflow = found.workflow
        for name in changed.keys() & _COLUMNS:
            setattr(workflow, name, changed[name])
        after = Definition(workflow, _list(changed, "nodes", found.nodes), _list(changed, "edges", found.edges))
        if changed.keys() & _JUDGED:
            further = await self.authorizations.issues(after.nodes, workflow.authorization_id)
            if "nodes" in changed:
                further += await self.calls.issues(after.nodes, Named(workflow.id, workflow.name))
            schedule = fields_of(workflow)
            trigger = await asyncio.to_thread(self.judge.accept, schedule, after.nodes, after.edges, further)
            _keep_trigger(workflow, trigger)
        workflow.version += 1
        workflow.updated_at = self.clock.now()
        if changed.keys() & PLANNED_BY:
            self._plan(workflow, workflow.updated_at)
        self.tokens.ensure(workflow)
        return after

    def _plan(self, workflow: Workflow, now: datetime) -> None:
        plan(workflow, now)
        if workflow.next_run_at is not None:
            self.planned(workflow.id)

    def _shown(self, definition: Definition) -> schemas.Workflow:
        summary = self._summary(definition.workflow)
        return schemas.Workflow(**summary, nodes=definition.nodes, edges=definition.edges)

    def _summary(self, workflow: Workflow) -> dict[str, Any]:
        fields = schemas.WorkflowSummary.model_fields.keys() - {"webhook_url"}
        return {name: getattr(workflow, name) for name in fields} | {"webhook_url": self.tokens.url(workflow)}


def _keep_trigger(workflow: Workflow, trigger: AcceptedTrigger) -> None:
    workflow.trigger_component = trigger.component_id
    workflow.trigger_settings = trigger.settings
    workflow.listens_to = trigger.listens_to


def _list(changed: Mapping[str, JsonValue], name: str, present: Sequence[JsonValue]) -> Sequence[JsonValue]:
    sent = changed.get(name)
    return sent if isinstance(sent, list) else present


def _state(definition: Definition) -> dict[str, JsonValue]:
    """Return what the audit log compares: all that a client can set."""
    return {name: getattr(definition.workflow, name) for name in _COLUMNS} | {
        "nodes": definition.nodes,
        "edges": definition.edges,
    }


def _differences(found: Definition, sent: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what was sent and is not so already. Compared as JSON text: to Python, 1 is also 1.0 and true."""
    present = _state(found)
    return {name: value for name, value in sent.items() if dumps(value) != dumps(present[name])}
