"""A run in a worker's hands, and the step with which each run begins."""

from dataclasses import dataclass
from datetime import datetime

from app.core.ids import LOG, IdSource
from app.core.json import JsonObject, dumps
from app.graph.context import TriggerInput
from app.graph.node import Trigger
from app.graph.outcome import DEFAULT
from app.graph.settle import StepStatus
from worker.execution.definitions import Versioned
from worker.execution.secrets import RunSecrets
from worker.execution.steps import StepRow


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run under this worker's lease. `trigger_step` was recorded by the claim itself, on a run's first claim.

    The claim of an awaited run records nothing, which makes it one statement: its trigger's step goes with the next.

    In the payload the secrets are masked that the definition names.
    """

    id: str
    org_id: str
    workflow_id: str
    workflow_version: int
    trigger_type: str
    trigger_payload: JsonObject
    fence: int
    takeovers: int
    active_ms: int
    cancel_requested_at: datetime | None
    created_at: datetime
    started_at: datetime
    priority: int
    resumed_node_id: str | None
    parent_run_id: str | None
    depth: int
    claimed_at: datetime
    versioned: Versioned
    trigger_step: StepRow | None
    secrets: RunSecrets

    @property
    def is_suspect(self) -> bool:
        return self.takeovers >= 2

    @property
    def is_new(self) -> bool:
        """Say whether nothing can have been recorded of it but by this claim."""
        return self.fence == 1 and self.resumed_node_id is None

    @property
    def is_urgent(self) -> bool:
        """Say whether somebody waits for it."""
        return self.priority > 0


def trigger_step(run: Claimed, trigger: Trigger, ids: IdSource) -> StepRow:
    """Return the step with which every run begins."""
    output = trigger.output(TriggerInput(run.id, run.trigger_type, run.trigger_payload, run.parent_run_id))
    return StepRow(
        id=ids.new(LOG),
        run_id=run.id,
        org_id=run.org_id,
        workflow_id=run.workflow_id,
        seq=1,
        path="",
        node_id=trigger.node_id,
        component_id=trigger.component_id,
        attempt=1,
        status=StepStatus.SUCCESS,
        output=dumps(output),
        handle=DEFAULT,
        fence=run.fence,
        started_at=run.claimed_at,
        duration_ms=0,
        created_at=run.claimed_at,
    )
