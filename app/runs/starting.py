"""Starting a run for a request: a look at the workflow, then a place in the next group commit of new runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.db import Engine
from app.core.json import JsonObject, dumps
from app.graph.node import Trigger
from app.http.errors import BodyTooLargeError
from app.nodes import CATALOGUE
from app.queue.client import Doorbell
from app.runs.errors import WorkflowInactiveError, WrongTriggerError
from app.runs.repository.starts import AcceptedRun, RunStart, RunStarter
from app.runs.schemas import WorkflowRun
from app.runs.views import shown_accepted
from app.unit_of_work import unit_of_work
from app.workflows.errors import WorkflowNotFoundError
from app.workflows.repository import Startable, WorkflowRepository

# What each kind of trigger gets when somebody starts it by hand, with a context.
_BY_HAND: Mapping[str, Callable[[JsonObject], JsonObject]] = {
    "manual": lambda context: {"context": context},
    "webhook": lambda context: {"webhook_payload": context, "headers": {}, "query": {}},
}


@dataclass(frozen=True, slots=True)
class Starting:
    """Starts runs; not part of the request's transaction, which would keep many requests from sharing a commit."""

    engine: Engine
    doorbell: Doorbell
    starter: RunStarter
    payload_bytes: int

    async def by_hand(self, org_id: str, workflow_id: str, context: JsonObject, started_by: str) -> WorkflowRun:
        """Start a workflow whatever its trigger listens to.

        Raises `WorkflowNotFoundError`, `WorkflowInactiveError`, `WrongTriggerError`, `BodyTooLargeError`.
        """
        workflow = await self.find(org_id, workflow_id)
        if workflow is None:
            raise WorkflowNotFoundError(workflow_id)
        trigger_type = trigger_type_of(workflow)
        if trigger_type not in _BY_HAND:
            raise WrongTriggerError(workflow.trigger_component)
        payload = _BY_HAND[trigger_type](context)
        accepted = await self.start(org_id, workflow, payload, started_by)
        return shown_accepted(accepted, payload)

    async def find(self, org_id: str, workflow_id: str) -> Startable | None:
        async with unit_of_work(self.engine, self.doorbell, org_id) as work:
            return await WorkflowRepository(work).find_startable(workflow_id)

    async def start(self, org_id: str, workflow: Startable, payload: JsonObject, started_by: str) -> AcceptedRun:
        """Return once the run is durable. Raises `WorkflowInactiveError`, `BodyTooLargeError`."""
        if not workflow.is_active:
            raise WorkflowInactiveError
        text = dumps(payload)
        if len(text.encode()) > self.payload_bytes:
            raise BodyTooLargeError(f"What the trigger would get is larger than {self.payload_bytes} bytes.")
        trigger_type = trigger_type_of(workflow)
        return await self.starter.start(RunStart(org_id, workflow.id, workflow.version, trigger_type, text, started_by))


def trigger_type_of(workflow: Startable) -> str:
    component = CATALOGUE.get(workflow.trigger_component)
    if component is None or not issubclass(component, Trigger):
        raise WrongTriggerError(workflow.trigger_component)
    return component.trigger_type
