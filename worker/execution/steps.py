"""One attempt at a step as it lies in the journal, and the wait that may lie beside it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.json import JsonObject, JsonValue


class StepStatus(StrEnum):
    SUCCESS = "success"
    ERROR = "error"  # it counted and failed, whether or not there was a way on
    WARNING = "warning"  # it did not count: it was repeated, or cut short


@dataclass(frozen=True, slots=True)
class StepRow:
    """What the journal keeps of an attempt. `output` is JSON text, `handle` the way taken (null: none)."""

    id: str
    run_id: str
    org_id: str
    workflow_id: str
    seq: int
    path: str
    node_id: str
    component_id: str
    attempt: int
    status: StepStatus
    output: str
    handle: str | None
    fence: int
    started_at: datetime
    duration_ms: int
    created_at: datetime

    @property
    def counts(self) -> bool:
        return self.status is not StepStatus.WARNING


@dataclass(frozen=True, slots=True)
class WaitRow:
    """Something that a step waits for. It is over once `resolved_at` is set or `due_at` has come."""

    run_id: str
    org_id: str
    path: str
    node_id: str
    component_id: str
    attempt: int
    kind: str
    due_at: datetime | None
    child_run_id: str | None = None
    resolved_at: datetime | None = None
    resolution: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step as recovery reads it: `output` is what reading the journal's bytes gives."""

    path: str
    node_id: str
    attempt: int
    seq: int
    status: StepStatus
    output: JsonValue
    handle: str | None
    created_at: datetime
